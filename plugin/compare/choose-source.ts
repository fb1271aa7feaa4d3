// Chooses where records come from: the sidecars' access logs, or for want of them the applications' own.
import { hasSidecar } from '../check/destination.ts'
import type { Cluster } from '../cluster.ts'
import { UserError } from '../errors.ts'
import { isReady, listPods } from '../pods.ts'
import type { Version } from '../workloads.ts'
import { applicationLog, proxyLog } from './access-log.ts'
import { APPLICATIONS, countRecent, readLogs, SIDECAR, type LogSourceOptions } from './log-source.ts'
import { LogGaps } from './log-gaps.ts'
import { meshLogFormats } from './mesh-log-formats.ts'
import { DRAIN, type Source } from './record.ts'

const BLIND = 'They show no bodies and no headers: two answers of one status and size may still differ.'
const RECENT = 200

/** `accessLogs`: they were switched on just now, so their past says nothing, and connections from before it log nothing. */
export async function chooseSource(
  options: Pick<LogSourceOptions, 'cluster' | 'versions' | 'say'>,
  accessLogs: boolean,
  signal: AbortSignal
): Promise<Source> {
  const { cluster, say } = options
  const sidecars = { ...options, choice: SIDECAR, read: proxyLog(await meshLogFormats(cluster)) }
  const applications = { ...options, choice: APPLICATIONS, read: applicationLog() }
  const bare = await withoutSidecars(cluster, options.versions)
  if (bare.length === 0 && accessLogs) return { ...sidecarSource(sidecars), settled: Date.now() + DRAIN }
  if (bare.length === 0 && (await writes(sidecars, signal))) return sidecarSource(sidecars)
  if (await writes(applications, signal)) {
    const [reason, remedy] =
      bare.length > 0
        ? [describe(bare), injecting(cluster)]
        : [
            `the sidecars wrote no access log in their last ${RECENT} lines`,
            "--access-logs switches the sidecars' on for this run"
          ]
    say(
      `warning: ${reason}; requests are paired by method, path and time from the applications' own logs, without latency. ${remedy}`
    )
    return applicationSource(applications)
  }
  if (bare.length > 0) {
    throw new UserError(
      `${describe(bare)}, and the applications write no access log: nothing shows requests. ${injecting(cluster)}`
    )
  }
  return sidecarSource(sidecars)
}

function describe(bare: readonly string[]): string {
  return `pods of ${bare.join(' and ')} have no sidecar`
}

function injecting({ command }: Cluster): string {
  return `${command('label namespace NAMESPACE istio-injection=enabled')}, then a restart, gives them one`
}

/** Labels of the versions of which some pod's requests no sidecar records: each would be missed on the other side. */
async function withoutSidecars(cluster: Cluster, versions: readonly Version[]): Promise<string[]> {
  const pods = await Promise.all(versions.map((version) => listPods(cluster, version)))
  const bare = versions.filter((_, index) => pods[index]!.some((pod) => isReady(pod) && !hasSidecar(pod)))
  return [...new Set(bare.map(({ label }) => label))]
}

async function writes(options: LogSourceOptions, signal: AbortSignal): Promise<boolean> {
  const { live, mirror } = await countRecent(options, RECENT, signal)
  return live + mirror > 0
}

function sidecarSource(options: LogSourceOptions): Source {
  return {
    name: "access logs of both versions' sidecars",
    approximate: false,
    blindTo: BLIND,
    whenSilent: 'No request so far. If some are sent, the access logs are off: --access-logs switches them on',
    ...reading(options)
  }
}

function applicationSource(options: LogSourceOptions): Source {
  return {
    name: "access logs of both versions' applications",
    approximate: true,
    blindTo: `${BLIND} Nor do they show latency.`,
    ...reading(options)
  }
}

function reading(options: LogSourceOptions): Pick<Source, 'read' | 'wasBlind'> {
  let gaps = new LogGaps(true)
  return {
    read: (take, span, signal) => {
      gaps = new LogGaps(span.follow)
      return readLogs(options, gaps, take, span, signal)
    },
    wasBlind: (at) => gaps.has(at)
  }
}

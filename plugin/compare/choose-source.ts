// Chooses where records come from: the sidecars' access logs, or where there are none the applications' own.
import type { Cluster } from '../client/client.ts'
import { UserError } from '../io/errors.ts'
import { hasSidecar, isReady, listPods } from '../resources/pods.ts'
import type { Version } from '../resources/versions.ts'
import { proxyLog } from './sources/access-log.ts'
import { applicationLog } from './sources/application-log.ts'
import { APPLICATIONS, countRecent, readLogs, SIDECAR, type LogSourceOptions } from './sources/log-source.ts'
import { LogGaps } from './sources/blind-spans.ts'
import { readMeshLogging, type MeshLogging, type PodsOf } from './sources/mesh-logging.ts'
import { DRAIN, type RecordSource } from './sources/record.ts'

const BLIND = 'They show no headers and no bodies: two responses of one status and size may still differ.'
const RECENT = 200

interface Options extends Pick<LogSourceOptions, 'cluster' | 'versions' | 'say' | 'now'> {
  /** One in so many requests is compared. Absent: all. */
  readonly sample?: number
  /** False: single matches will not be shown. */
  readonly keepsLines?: boolean
}

/** `accessLogs`: they were turned on just now, so there are no past lines, and existing connections are not yet logged. */
export async function chooseSource(options: Options, accessLogs: boolean, signal: AbortSignal): Promise<RecordSource> {
  const { cluster, versions, sample = 1, keepsLines = true } = options
  const found = await Promise.all(
    versions.map(async (version) => ({ version, pods: await listPods(cluster, version) }))
  )
  const bare = withoutSidecars(found)
  const logging = await readMeshLogging(cluster, found)
  const areCopiesLimited = versions.some(({ role, destination }) => role === 'mirror' && destination.limited === true)
  const fromSidecars = (): RecordSource => {
    const read = proxyLog(logging.formats, { areCopiesLimited, sample, keepsLines })
    return sidecarSource({ ...options, choice: SIDECAR, read }, logging, sample)
  }
  // Whether there are any lines does not depend on the sample.
  const sidecars = { ...options, choice: SIDECAR, read: proxyLog(logging.formats, { areCopiesLimited }) }
  if (bare.length === 0 && accessLogs) return { ...fromSidecars(), settled: options.now().getTime() + DRAIN }
  const recent = bare.length === 0 ? await countRecent(sidecars, RECENT, signal) : { live: 0, mirror: 0 }
  // The sidecars may not have this configuration yet; their log lines are certain.
  const off = versions.filter(({ label, role }) => logging.off?.includes(label) && recent[role] === 0)
  const areOn = recent.live + recent.mirror > 0 || logging.off?.length === 0
  if (bare.length === 0 && off.length === 0 && areOn) return fromSidecars()
  const isOff = off.length > 0 ? describeOff(off.map(({ label }) => label)) : undefined
  const source = await fromApplications(options, bare, isOff ?? SILENT, signal)
  if (source) return source
  if (isOff) throw new UserError(`${isOff}, and the applications write none, so nothing shows requests. ${SWITCHING}`)
  return fromSidecars()
}

/** `why`: the sidecars are not read, though each pod has one. Undefined: the applications write no access log. */
async function fromApplications(
  options: Options,
  bare: readonly Version[],
  why: string,
  signal: AbortSignal
): Promise<RecordSource | undefined> {
  const { sample = 1 } = options
  const applications = { ...options, choice: APPLICATIONS, read: applicationLog() }
  const { live, mirror } = await countRecent(applications, RECENT, signal)
  const [reason, remedy] = bare.length > 0 ? [describeBare(bare), injecting(options.cluster, bare)] : [why, SWITCHING]
  if (live + mirror > 0 && sample > 1) {
    throw new UserError(
      `${reason}, and the applications' own logs have no request ids, by which --sample chooses. ${remedy}, or leave --sample out`
    )
  }
  if (live + mirror > 0) {
    options.say(
      `warning: ${reason}; requests are matched by method, path and time from the applications' own logs, without latency. ${remedy}`
    )
    return applicationSource(applications)
  }
  if (bare.length === 0) return undefined
  throw new UserError(`${reason}, and the applications write no access log, so nothing shows requests. ${remedy}`)
}

const SILENT = `the sidecars wrote no access log in their last ${RECENT} lines`
const UNKNOWN = "If there is traffic, the sidecars' access logs are probably off"
const SWITCHING = '--access-logs turns them on for this run'

function describeOff(labels: readonly string[]): string {
  return `the access logs of ${[...new Set(labels)].join(' and ')} are off (the sidecars write none to their standard output)`
}

function describeBare(bare: readonly Version[]): string {
  return `pods of ${[...new Set(bare.map(({ label }) => label))].join(' and ')} have no sidecar`
}

function injecting({ command }: Cluster, bare: readonly Version[]): string {
  const namespaces = [...new Set(bare.map(({ namespace }) => namespace))]
  const commands = namespaces.map((name) => command(`label namespace ${name} istio-injection=enabled`))
  return `${commands.join(', ')}, then a restart, gives them one`
}

/** Versions with a ready pod without a sidecar: its requests would be missing on the other side. */
function withoutSidecars(found: readonly PodsOf[]): Version[] {
  const bare = found.filter(({ pods }) => pods.some((pod) => isReady(pod) && !hasSidecar(pod)))
  return bare.map(({ version }) => version)
}

function sidecarSource(options: LogSourceOptions, { off, filtered }: MeshLogging, sample: number): RecordSource {
  return {
    name: "access logs of both versions' sidecars",
    approximate: false,
    blindTo: BLIND + describeFiltered(filtered),
    ...(filtered.length > 0 && { isPartial: true }),
    ...(sample > 1 && { sample }),
    ...(off?.length !== 0 && { ifSilent: `${off ? describeOff(off) : UNKNOWN}. ${SWITCHING}` }),
    ...reading(options)
  }
}

function describeFiltered(labels: readonly string[]): string {
  if (labels.length === 0) return ''
  return ` A Telemetry resource makes the sidecars of ${labels.join(' and ')} log only some requests, so missing copies cannot be detected.`
}

function applicationSource(options: LogSourceOptions): RecordSource {
  return {
    name: "access logs of both versions' applications",
    approximate: true,
    blindTo: `${BLIND} They show no latency either.`,
    ...reading(options)
  }
}

function reading(options: LogSourceOptions): Pick<RecordSource, 'read' | 'wasBlind'> {
  let gaps = new LogGaps(true)
  return {
    read: (take, span, signal) => {
      gaps = new LogGaps(span.follow)
      return readLogs(options, gaps, take, span, signal)
    },
    wasBlind: (at) => gaps.has(at)
  }
}

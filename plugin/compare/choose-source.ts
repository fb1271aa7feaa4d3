// Chooses where records come from: the sidecars' access logs, or for want of them the applications' own.
import { applicationLog, proxyLog } from './access-log.ts'
import { APPLICATIONS, countRecent, readLogs, SIDECAR, type LogSourceOptions } from './log-source.ts'
import { meshLogFormats } from './mesh-log-formats.ts'
import type { Source } from './record.ts'

const BLIND = 'They show no bodies and no headers: two answers of one status and size may still differ.'
const RECENT = 200

/** `accessLogs`: they were switched on just now, so their past says nothing. */
export async function chooseSource(
  options: Pick<LogSourceOptions, 'cluster' | 'versions' | 'say'>,
  accessLogs: boolean,
  signal: AbortSignal
): Promise<Source> {
  const { cluster, say } = options
  const sidecars = { ...options, choice: SIDECAR, read: proxyLog(await meshLogFormats(cluster)) }
  const applications = { ...options, choice: APPLICATIONS, read: applicationLog() }
  if (accessLogs || (await writes(sidecars, signal))) return sidecarSource(sidecars)
  if (await writes(applications, signal)) {
    say(
      `warning: the sidecars wrote no access log in their last ${RECENT} lines; requests are paired by method, path and ` +
        "time from the applications' own logs, without latency. --access-logs switches the sidecars' on for this run"
    )
    return applicationSource(applications)
  }
  return sidecarSource(sidecars)
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
    read: (take, span, signal) => readLogs(options, take, span, signal)
  }
}

function applicationSource(options: LogSourceOptions): Source {
  return {
    name: "access logs of both versions' applications",
    approximate: true,
    blindTo: `${BLIND} Nor do they show latency.`,
    read: (take, span, signal) => readLogs(options, take, span, signal)
  }
}

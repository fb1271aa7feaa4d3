// A source of records: the logs of one kind of container in all pods of both versions. Knows no log format.
import type { Cluster } from '../../client/client.ts'
import type { ContainerChoice } from '../../follow/containers.ts'
import { Follower } from '../../follow/follower.ts'
import type { StampedLine } from '../../follow/line.ts'
import type { FirstLines } from '../../follow/log-query.ts'
import { Merge, REAL_TIME } from '../../follow/merge.ts'
import { makeNotices } from '../../follow/notices.ts'
import { selectionsOf, type Origin } from '../../follow/origin.ts'
import { sleep } from '../../resources/backoff.ts'
import type { Version } from '../../resources/versions.ts'
import type { ReadLine } from './access-log.ts'
import { LogGaps } from './blind-spans.ts'
import type { RequestRecord, Span, UnreadLine, Workload } from './record.ts'

export interface LogSourceOptions {
  readonly cluster: Cluster
  /** The live versions and the mirror they are compared with. */
  readonly versions: readonly Version[]
  readonly choice: ContainerChoice
  readonly read: ReadLine
  readonly say: (text: string) => void
  readonly now: () => Date
}

/** Istio's sidecar, as a container or as a native sidecar (an init container that keeps running). */
export const SIDECAR: ContainerChoice = { include: /^istio-proxy$/, exclude: [] }
export const APPLICATIONS: ContainerChoice = { exclude: [] }

type Take = (record: RequestRecord | UnreadLine) => void

export async function readLogs(
  options: LogSourceOptions,
  gaps: LogGaps,
  take: Take,
  { sinceSeconds, follow }: Span,
  signal: AbortSignal
): Promise<void> {
  const startedAt = options.now().getTime()
  const first = sinceSeconds === undefined ? { tailLines: 0, startedAt } : { sinceSeconds, startedAt }
  const follower = makeFollower(options, gaps, first, take, sinceSeconds === undefined ? LIVE : WHOLE)
  const selections = selectionsOf(options.versions)
  if (!follow) return follower.read(selections, signal)
  follower.follow(selections)
  return follower.run(signal)
}

/**
 * How many of the last lines of each version are records, or may be: at least one, if there is any, because it stops where both
 * have one. Says nothing: readLogs reports problems.
 */
export async function countRecent(
  options: LogSourceOptions,
  lines: number,
  signal: AbortSignal
): Promise<Record<Workload, number>> {
  const counts = { live: 0, mirror: 0 }
  const enough = new AbortController()
  const first = { tailLines: lines, startedAt: options.now().getTime() }
  const quiet = { ...options, say: () => undefined }
  const count = (record: RequestRecord | UnreadLine): void => {
    counts['unread' in record ? record.unread : record.workload]++
    if (counts.live > 0 && counts.mirror > 0) enough.abort()
  }
  const either = AbortSignal.any([signal, enough.signal])
  await makeFollower(quiet, new LogGaps(false), first, count, GLANCE).read(selectionsOf(options.versions), either)
  return counts
}

function makeFollower(
  { cluster, choice, read, say, now }: LogSourceOptions,
  gaps: LogGaps,
  first: FirstLines,
  take: Take,
  { limit, time }: Reading
): Follower {
  const emit = (origin: Origin, line: StampedLine): void => {
    const text = line.bytes.toString('utf8', line.content, line.end).replace(/\r$/, '')
    const workload = origin.role === 'live' ? 'live' : 'mirror'
    const at = line.seconds * 1000 + Math.floor(line.nanos / 1e6)
    const found = read(text, { workload, pod: origin.pod, at })
    if (found) take(found === 'unread' ? { unread: workload, line: text } : found)
  }
  const report = makeNotices({ say, isColoured: false, hasLifecycle: false })
  return new Follower({
    cluster,
    choice,
    first,
    limit,
    needsEvery: true,
    merge: new Merge({ emit, flush: () => undefined, ...time }),
    notify: (notice) => {
      gaps.take(notice, now().getTime())
      report(notice)
    },
    pause: sleep,
    now: () => now().getTime()
  })
}

/** Each is one connection. If there are more pods, the follower says that only some are read. */
const MOST_LOGS = 1000

interface Reading {
  /** Logs read at once. */
  readonly limit: number
  readonly time: typeof REAL_TIME
}

/** To this clock every log is late, so no line waits for an older one: matching does not depend on the order. */
const AT_ONCE: typeof REAL_TIME = { ...REAL_TIME, now: () => Number.MAX_VALUE }
/** The past of one version must not be read long before the other's. */
const WHOLE: Reading = { limit: MOST_LOGS, time: REAL_TIME }
/** Of hundreds of logs one always has a line that others would wait for: a busy machine would read less and less. */
const LIVE: Reading = { limit: MOST_LOGS, time: AT_ONCE }
/** For a line of each version few logs are enough. */
const GLANCE: Reading = { limit: 20, time: AT_ONCE }

// A source of records: the logs of one container kind in all pods of both versions. Knows no format: `read` is given.
import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from '../../client/client.ts'
import { ApiError } from '../../io/errors.ts'
import type { ContainerChoice } from '../../follow/containers.ts'
import { Follower } from '../../follow/follower.ts'
import type { StampedLine } from '../../follow/line.ts'
import type { FirstLines } from '../../follow/log-query.ts'
import { Merge } from '../../follow/merge.ts'
import { makeNotices } from '../../follow/notices.ts'
import type { Origin } from '../../follow/origin.ts'
import { selectionsOf } from '../../follow/selections.ts'
import type { Version } from '../../resources/versions.ts'
import type { ReadLine } from './access-log.ts'
import { LogGaps } from './log-gaps.ts'
import type { RequestRecord, Span, UnreadLine, Workload } from './record.ts'

export interface LogSourceOptions {
  readonly cluster: Cluster
  /** The live versions, and the one that is compared with them. */
  readonly versions: readonly Version[]
  readonly choice: ContainerChoice
  readonly read: ReadLine
  readonly say: (text: string) => void
}

/** Istio's sidecar, as a container or as an init container that goes on running. */
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
  const startedAt = Date.now()
  const first = sinceSeconds === undefined ? { tailLines: 0, startedAt } : { sinceSeconds, startedAt }
  const follower = makeFollower(options, gaps, first, take)
  const sources = selectionsOf(options.versions)
  if (!follow) return follower.read(sources, signal)
  follower.follow(sources)
  return follower.run(signal)
}

/** How many of the last lines of each version are records, or may be. */
export async function countRecent(
  options: LogSourceOptions,
  lines: number,
  signal: AbortSignal
): Promise<Record<Workload, number>> {
  const counts = { live: 0, mirror: 0 }
  const first = { tailLines: lines, startedAt: Date.now() }
  // What is wrong is said when they are read in earnest, once.
  const quiet = { ...options, say: () => undefined }
  const count = (record: RequestRecord | UnreadLine): void => {
    counts['unread' in record ? record.unread : record.workload]++
  }
  await makeFollower(quiet, new LogGaps(false), first, count).read(selectionsOf(options.versions), signal)
  return counts
}

function makeFollower(
  { cluster, choice, read, say }: LogSourceOptions,
  gaps: LogGaps,
  first: FirstLines,
  take: Take
): Follower {
  const emit = (origin: Origin, line: StampedLine): void => {
    const text = line.bytes.toString('utf8', line.content, line.end).replace(/\r$/, '')
    const workload = origin.role === 'live' ? 'live' : 'mirror'
    const at = line.seconds * 1000 + Math.floor(line.nanos / 1e6)
    const found = read(text, { workload, pod: origin.pod, at })
    if (found) take(found === 'unread' ? { unread: workload, line: text } : found)
  }
  const tell = makeNotices({ say, isColoured: false, hasLifecycle: false })
  return new Follower({
    cluster,
    choice,
    first,
    limit: MOST_LOGS,
    needsEvery: true,
    merge: new Merge({ emit, flush: () => undefined, now: () => performance.now(), later }),
    notify: (notice) => {
      gaps.take(notice, Date.now())
      tell(notice)
    },
    isFatal: (error) => error instanceof ApiError && (error.status === 401 || error.status === 403),
    isAbsent: (error) => error instanceof ApiError && (error.status === 400 || error.status === 404),
    pause: async (milliseconds, signal) => pause(milliseconds, undefined, { signal }),
    now: Date.now
  })
}

/** Each is one connection. Of more pods a part is read, and the follower says so. */
const MOST_LOGS = 250

function later(milliseconds: number, act: () => void): () => void {
  const timer = setTimeout(act, milliseconds)
  return () => clearTimeout(timer)
}

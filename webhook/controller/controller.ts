// Keeps every annotated route of a kind as admission would make it: heals what was written without the webhook, ends expired
// mirrors, and records Events. Decides nothing about mirrors: each healing is a normal admission.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../kubernetes/client.ts'
import { createDigests, type Changed, type Digests } from '../kubernetes/digests.ts'
import type { RecordEvent } from './events.ts'
import { heal, isAnswered, type Answered } from './healing.ts'
import { createIsolation, type ReportFailure } from '../kubernetes/isolation.ts'
import type { Metrics } from '../kubernetes/metrics.ts'
import { digestOf, type MirrorDigest, type PartialObject } from './mirror-digest.ts'
import type { Collection } from './collections.ts'
import { createOutage } from './outage.ts'
import { createRefusals } from './refusals.ts'
import { createWorkQueue } from './work-queue.ts'

export interface ControllerOptions {
  readonly cluster: Cluster
  readonly now: () => Date
  readonly collection: Collection
  /** What its mirror depends on outside the object, as a text: when it changes, the object is reviewed at once. */
  readonly dependsOn?: (digest: MirrorDigest) => string
  readonly metrics: Metrics['controller']
  readonly record: RecordEvent
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void }
  readonly signal: AbortSignal
  /** Version of the policy in force here, if any. */
  readonly policyVersion: () => string | undefined
  /** A mirror was added, removed or changed. */
  readonly changed: () => void
  /** A VirtualService with annotations of ours was found or written, or is gone. */
  readonly noticed?: (key: string) => void
  /** An object could not be read or healed. */
  readonly failed: ReportFailure
}

export interface Controller extends Digests<PartialObject, MirrorDigest> {
  /** Reviews everything again. */
  policyChanged(): void
  /** Reviews again what waits for a target, and at once what depends on a change. */
  meshChanged(): void
  /** Reviews everything again, soon. */
  gatewaysChanged(): void
}

/** Admission works within the write itself; the controller checks once, after a series of writes. */
const SETTLE_MS = 300
/** Clocks of two replicas differ, and the end must have passed for the one that reviews. */
const AFTER_END_MS = 300
const RETRY_MS = 500
const LONGEST_RETRY_MS = 300_000
/** Other replicas may see a change later. */
const SPREAD_MS = 2000
const BURST_MS = 100
/** If live requests could fail meanwhile: at once, and once more after this time. */
const URGENT_MS = 1000

/** The result is a sink for the metadata of every route (see watch.ts). */
export function createController(options: ControllerOptions): Controller {
  const { cluster, collection, dependsOn = () => '', metrics, log, signal, policyVersion, changed, failed } = options
  const time = (): number => options.now().getTime()
  const record: RecordEvent = (subject, reason, message) =>
    options.record({ ...subject, kind: collection.kind }, reason, message)
  /** What each depended on when the mesh changed last. */
  const states = new Map<string, string>()
  /** Fingerprints that admission has seen and left unchanged. */
  const settled = new Map<string, string>()
  /** How often in a row a key was not settled. Retries back off, so a conflict with another controller is no write loop. */
  const restless = new Map<string, number>()
  const refusals = createRefusals(record, metrics, signal)
  const isolation = createIsolation(failed)
  const unhealed = createIsolation((key, err) =>
    log.warn({ [collection.logged]: key, err }, 'healing failed; trying again')
  )

  const seen: Changed<MirrorDigest> = (key, now, before, cause) => {
    options.noticed?.(key)
    if (cause === 'written') recordChange(record, now, before, time())
    if (now?.injected !== before?.injected) changed()
    metrics.mirrored.inc(Number(now?.injected !== undefined) - Number(before?.injected !== undefined))
    if (now === undefined) return forget(key)
    // Only what follows a change of the mesh may replace it: a new status of the object may come between the two.
    if (!states.has(key)) states.set(key, dependsOn(now))
    if (settled.get(key) === now.fingerprint) return
    // What was annotated while no replica ran comes first: it has no mirror yet.
    queue.add(key, cause === 'found' && now.injected === undefined ? 0 : (pause(key) ?? SETTLE_MS))
  }
  const digests = createDigests((object: PartialObject) => digestOf(object, time()), seen, failed)
  const forget = (key: string): void => {
    settled.delete(key)
    states.delete(key)
    restless.delete(key)
    refusals.forget(key)
    isolation.forget(key)
    unhealed.forget(key)
    queue.forget(key)
    outage.forget(key)
  }
  const look = async (key: string): Promise<number | undefined> => {
    const digest = digests.all.get(key)
    if (!digest) return undefined
    // The watch also reports our own write, sometimes before its response.
    if (settled.get(key) === digest.fingerprint && !hasEnded(digest, time())) return untilEnd(digest, time())
    const healed = await heal(cluster, collection, digest, time())
    metrics.heals.inc({ result: healed.result })
    if (healed.result === 'failed') unhealed.failed(key, digest.fingerprint, healed.error)
    else unhealed.forget(key)
    if (healed.result === 'changed') log.info({ [collection.logged]: key, outcome: healed.reviewed.outcome }, 'healed')
    if (healed.result === 'gone') return undefined
    if (healed.result === 'unchanged' || healed.result === 'changed') {
      outage.answered(key)
      return settle(key, healed)
    }
    settled.delete(key)
    if (isAnswered(healed) || (!outage.lasts() && (await answersAnother()))) return later(key)
    return outage.unanswered(key)
  }
  const queue = createWorkQueue(look, {
    concurrency: 8,
    perSecond: 200,
    signal,
    failed(key, error) {
      isolation.failed(key, digests.all.get(key)?.fingerprint ?? '', error)
      return later(key)
    }
  })
  const settle = (key: string, answered: Answered): number | undefined => {
    const { result, digest, reviewed } = answered
    // The replica that reviewed it has not seen the policy yet, or saw it before us.
    if (reviewed.policy !== undefined && reviewed.policy !== policyVersion()) return later(key)
    if (result === 'unchanged') restless.delete(key)
    else restless.set(key, (restless.get(key) ?? 0) + 1)
    refusals.judge(key, answered)
    if (!digest) return undefined
    settled.set(key, digest.fingerprint)
    return untilEnd(digest, time())
  }
  /** Heals one that admission has seen before: that tells an outage from a selector that excludes an object. The alert is for outages. */
  const answersAnother = async (): Promise<boolean> => {
    const [another = ''] = settled.keys()
    const digest = digests.all.get(another)
    if (!digest) return false
    const { result } = await heal(cluster, collection, digest, time())
    metrics.heals.inc({ result })
    if (result !== 'unchanged') settled.delete(another)
    return result === 'unchanged' || result === 'changed'
  }
  const outage = createOutage((key, delayMs) => {
    restless.delete(key)
    queue.add(key, delayMs)
  })
  const later = (key: string): number => {
    restless.set(key, (restless.get(key) ?? 0) + 1)
    return pause(key) ?? RETRY_MS
  }
  const pause = (key: string): number | undefined => {
    const times = restless.get(key)
    return times === undefined ? undefined : Math.min(LONGEST_RETRY_MS, RETRY_MS * 1.5 ** (times - 1))
  }
  const reviewAgain = (keys: Iterable<string>): void => {
    for (const key of keys) {
      settled.delete(key)
      queue.add(key, SPREAD_MS)
    }
  }
  const reviewAtOnce = (keys: readonly string[]): void => {
    const review = (): void => {
      for (const key of keys) {
        settled.delete(key)
        if (digests.all.has(key)) queue.add(key)
      }
    }
    review()
    if (keys.length > 0) void sleep(URGENT_MS, undefined, { signal }).then(review, () => undefined) // the signal ends it
  }
  const all = (): string[] => [...digests.all.keys()]
  const findAffected = (): string[] =>
    [...digests.all].flatMap(([key, digest]) => {
      const state = dependsOn(digest)
      if (states.get(key) === state) return []
      states.set(key, state)
      return [key]
    })
  const bursts = new Map<() => readonly string[], NodeJS.Timeout>()
  /** A list arrives as many changes. */
  const afterBurst = (affected: () => readonly string[]): void => {
    if (bursts.has(affected) || signal.aborted) return
    const review = (): void => {
      bursts.delete(affected)
      reviewAtOnce(affected())
    }
    bursts.set(affected, setTimeout(review, BURST_MS))
  }
  let meshChange: NodeJS.Timeout | undefined
  const end = (): void => {
    clearTimeout(meshChange)
    for (const burst of bursts.values()) clearTimeout(burst)
    metrics.mirrored.set(0)
  }
  metrics.mirrored.set(0)
  signal.addEventListener('abort', end, { once: true })
  return {
    ...digests,
    policyChanged: () => reviewAgain(digests.all.keys()),
    gatewaysChanged: () => afterBurst(all),
    meshChanged() {
      afterBurst(findAffected)
      // The mesh changes often, and in bursts.
      meshChange ??= setTimeout(() => {
        meshChange = undefined
        reviewAgain(refusals.awaitingTargets())
      }, SPREAD_MS)
    }
  }
}

function hasEnded(digest: MirrorDigest, now: number): boolean {
  const end = nextEnd(digest)
  return end !== undefined && end <= now
}

function nextEnd({ until, baseline, injected }: MirrorDigest): number | undefined {
  const ends = injected === undefined ? [] : [until, baseline].filter((end) => end !== undefined)
  return ends.length > 0 ? Math.min(...ends) : undefined
}

/** Milliseconds until the next check; soon if the end has passed, as the reviewing replica's clock may be behind. */
function untilEnd(digest: MirrorDigest, now: number): number | undefined {
  const end = nextEnd(digest)
  return end === undefined ? undefined : Math.max(RETRY_MS, end + AFTER_END_MS - now)
}

function recordChange(
  record: RecordEvent,
  now: MirrorDigest | undefined,
  before: MirrorDigest | undefined,
  time: number
): void {
  const [is, was] = [now?.injected, before?.injected]
  const subject = now ?? before
  if (is === was || subject === undefined) return
  if (is !== undefined) return record(subject, 'Mirrored', `Mirroring to ${is}`)
  if (now?.until !== undefined && now.until <= time) {
    return record(subject, 'MirrorExpired', `Mirroring to ${was} expired at ${new Date(now.until).toISOString()}`)
  }
  record(subject, 'MirrorEnded', `No longer mirroring to ${was}`)
}

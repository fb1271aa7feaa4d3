// Reads a source until its run is over, and tells the view what is found. Knows no cluster and no format.
import { setTimeout as pause } from 'node:timers/promises'
import type { RecordSource } from './sources/record.ts'
import type { Counted, Run } from './statistics/run.ts'

export interface Limits {
  /** Milliseconds; absent: until the signal. 0: only what is written already. */
  readonly lasts?: number
  /** Live requests. */
  readonly requests?: number
  readonly sinceSeconds?: number
  /** Whatever else ends the run, aborted by it. */
  readonly until?: AbortSignal
}

export interface View {
  /** New pairs; the promise is a wish to get no more for now. */
  show(counted: readonly Counted[]): Promise<void> | undefined
  /** Now and then. */
  refresh(run: Run): void
}

const TICK = 250
/** After the end: Envoy may not have written the last requests of either version yet, and copies may be slow. */
const SHORTEST_GRACE = 1500
const LONGEST_GRACE = 10_000

/** How a run ended, if not as it was to. */
export interface Ended {
  /** With what the source failed. */
  readonly failure?: Error
  /** Why `until` ended it, before a limit did. */
  readonly interruption?: string
}

/** Until a limit is reached, a signal is aborted or the source fails; either way what was found by then is in `run`. */
export async function observe(
  source: RecordSource,
  run: Run,
  limits: Limits,
  view: View,
  signal: AbortSignal
): Promise<Ended> {
  const { lasts = Number.POSITIVE_INFINITY, sinceSeconds } = limits
  const stop = new AbortController()
  const span = { follow: lasts > 0, ...(sinceSeconds !== undefined && { sinceSeconds }) }
  const reading = new Reading(
    source.read((record) => run.take(record, Date.now()), span, AbortSignal.any([signal, stop.signal])),
    signal
  )
  const tick = async (): Promise<void> => {
    await reading.pause(TICK)
    await view.show(run.tick(Date.now()))
    view.refresh(run)
  }
  const isStopped = (): boolean => signal.aborted || reading.hasEnded
  const end = await untilEnd(run, limits, isStopped, tick)
  const closed = Date.now()
  run.close(closed)
  const isComplete = (): boolean => Date.now() - closed >= SHORTEST_GRACE && run.waiting.unpaired === 0
  while (!isStopped() && !isComplete() && Date.now() - closed < LONGEST_GRACE) await tick()
  stop.abort()
  const failure = await reading.end()
  await view.show(run.end(Date.now()))
  return { ...(failure && { failure }), ...(end === 'interrupted' && { interruption: String(limits.until?.reason) }) }
}

/** What changes after the end of the run does not concern it. */
async function untilEnd(
  run: Run,
  { lasts, requests, until }: Limits,
  isStopped: () => boolean,
  tick: () => Promise<void>
): Promise<'stopped' | 'enough' | 'interrupted'> {
  const opened = Date.now()
  const isEnough = (): boolean =>
    (lasts !== undefined && lasts > 0 && Date.now() - opened >= lasts) ||
    (requests !== undefined && run.requests + run.waiting.requests >= requests)
  for (;;) {
    if (isStopped()) return 'stopped'
    if (isEnough()) return 'enough'
    if (until?.aborted) return 'interrupted'
    await tick()
  }
}

/** A source at work. */
class Reading {
  hasEnded = false
  /** With what it failed. */
  readonly #work: Promise<Error | undefined>
  /** Aborted when it ends. */
  readonly #over = new AbortController()
  readonly #either: AbortSignal

  constructor(work: Promise<void>, signal: AbortSignal) {
    this.#either = AbortSignal.any([signal, this.#over.signal])
    this.#work = work
      .then(
        () => undefined,
        (error: Error) => error
      )
      .finally(() => {
        this.hasEnded = true
        this.#over.abort()
      })
  }

  /** Or until the reading ends. Not by a race with it: each would leave something behind in it. */
  async pause(milliseconds: number): Promise<void> {
    await pause(milliseconds, undefined, { signal: this.#either }).catch(() => {})
  }

  end(): Promise<Error | undefined> {
    return this.#work
  }
}

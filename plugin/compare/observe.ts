// Reads a source until the run ends, and passes what it finds to the view. Knows no cluster and no format.
import { setTimeout as pause } from 'node:timers/promises'
import type { RecordSource } from './sources/record.ts'
import type { Counted, Run } from './statistics/run.ts'

export interface Limits {
  /** Milliseconds. Absent: until the signal. 0: only what is already logged. */
  readonly lasts?: number
  /** Live requests. */
  readonly requests?: number
  readonly sinceSeconds?: number
  /** Ends the run early; the reason says why. */
  readonly until?: AbortSignal
}

export interface View {
  /** New matches. Await the promise before the next call: the output is full. */
  show(counted: readonly Counted[]): Promise<void> | undefined
  /** Called often; paints when due. */
  refresh(run: Run): void
}

const TICK = 250
/** Waiting time after the end: Envoy logs late, and copies may be slow. */
const SHORTEST_GRACE = 1500
const LONGEST_GRACE = 10_000

/** Why a run ended early. Empty: it did not. */
export interface Ended {
  /** The source's error. */
  readonly failure?: Error
  /** The reason of `until`. */
  readonly interruption?: string
}

/** Until a limit is reached, a signal is aborted or the source fails. `run` has what was found by then. */
export async function observe(
  source: RecordSource,
  run: Run,
  limits: Limits,
  view: View,
  signal: AbortSignal
): Promise<Ended> {
  const { lasts = Number.POSITIVE_INFINITY, sinceSeconds } = limits
  const stop = new AbortController()
  const over = new AbortController()
  const span = { follow: lasts > 0, ...(sinceSeconds !== undefined && { sinceSeconds }) }
  const reading = source
    .read((record) => run.take(record, Date.now()), span, AbortSignal.any([signal, stop.signal]))
    .then(
      () => undefined,
      (error: Error) => error
    )
    .finally(() => over.abort())
  const stopped = AbortSignal.any([signal, over.signal])
  const tick = async (): Promise<void> => {
    // `Promise.race` would leak a handler per tick.
    await pause(TICK, undefined, { signal: stopped }).catch(() => {})
    await view.show(run.tick(Date.now()))
    view.refresh(run)
  }
  const end = await untilEnd(run, limits, stopped, tick)
  const closed = Date.now()
  run.close(closed)
  const isComplete = (): boolean => Date.now() - closed >= SHORTEST_GRACE && run.waiting.unpaired === 0
  while (!stopped.aborted && !isComplete() && Date.now() - closed < LONGEST_GRACE) await tick()
  stop.abort()
  const failure = await reading
  await view.show(run.end(Date.now()))
  return { ...(failure && { failure }), ...(end === 'interrupted' && { interruption: String(limits.until?.reason) }) }
}

/** A change of rules after the end does not matter. */
async function untilEnd(
  run: Run,
  { lasts, requests, until }: Limits,
  stopped: AbortSignal,
  tick: () => Promise<void>
): Promise<'stopped' | 'enough' | 'interrupted'> {
  const opened = Date.now()
  const isEnough = (): boolean =>
    (lasts !== undefined && lasts > 0 && Date.now() - opened >= lasts) ||
    (requests !== undefined && run.requests + run.waiting.requests >= requests)
  for (;;) {
    if (stopped.aborted) return 'stopped'
    if (isEnough()) return 'enough'
    if (until?.aborted) return 'interrupted'
    await tick()
  }
}

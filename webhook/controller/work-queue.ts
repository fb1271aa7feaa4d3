// Runs work by key: never twice at once for one key, never faster than allowed, whatever the clock is set to. Knows nothing of the
// work.

export interface WorkQueue {
  /** Schedules the key's work after a delay. Work that is already waiting may move forward, never back. */
  add(key: string, delayMs?: number): void
  forget(key: string): void
}

export interface WorkQueueOptions {
  readonly concurrency: number
  readonly perSecond: number
  /** Called when the work throws. Like the work, it may return the milliseconds until the next attempt. */
  readonly failed: (key: string, error: unknown) => number | undefined
  readonly signal: AbortSignal
}

/** setTimeout fires at once for anything longer than 24.8 days. */
const LONGEST_TIMER_MS = 3_600_000

/** `work` may return the milliseconds after which to do it again. */
export function createWorkQueue(
  work: (key: string) => Promise<number | undefined>,
  options: WorkQueueOptions
): WorkQueue {
  const { concurrency, perSecond, failed, signal } = options
  /** Keys that are not due yet, with their time. Due keys run in order. */
  const waiting = new Map<string, number>()
  const due = new Set<string>()
  const running = new Set<string>()
  let alarm: NodeJS.Timeout | undefined
  let alarmAt = Number.POSITIVE_INFINITY
  let notBefore = 0

  const wakeAt = (time: number): void => {
    if (time >= alarmAt || signal.aborted) return
    clearTimeout(alarm)
    alarmAt = time
    alarm = setTimeout(wake, Math.min(Math.max(0, time - performance.now()), LONGEST_TIMER_MS))
  }
  const wake = (): void => {
    alarmAt = Number.POSITIVE_INFINITY
    const now = performance.now()
    let earliest = Number.POSITIVE_INFINITY
    for (const [key, time] of waiting) {
      if (time > now) earliest = Math.min(earliest, time)
      else {
        waiting.delete(key)
        due.add(key)
      }
    }
    wakeAt(earliest)
    start()
  }
  const start = (): void => {
    for (const key of due) {
      if (running.size >= concurrency || signal.aborted) return
      if (performance.now() < notBefore) return wakeAt(notBefore)
      if (running.has(key)) continue
      notBefore = performance.now() + 1000 / perSecond
      due.delete(key)
      void run(key)
    }
  }
  const run = async (key: string): Promise<void> => {
    running.add(key)
    const again = await work(key).catch((error: unknown) => failed(key, error))
    running.delete(key)
    if (again !== undefined) add(key, again)
    start()
  }
  const add = (key: string, delayMs = 0): void => {
    const time = performance.now() + delayMs
    if (due.has(key) || time >= (waiting.get(key) ?? Number.POSITIVE_INFINITY)) return
    waiting.set(key, time)
    wakeAt(time)
  }
  signal.addEventListener('abort', () => clearTimeout(alarm), { once: true })
  return {
    add,
    forget(key) {
      waiting.delete(key)
      due.delete(key)
    }
  }
}

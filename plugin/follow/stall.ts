// Notices a followed log that has gone dead without a word: a kubelet that still reads a rotated file, a proxy that
// forgot the connection. Asks no server: it is given how.
import type { Readable } from 'node:stream'
import type { Pause } from '../resources/backoff.ts'
import { isStamped } from './line.ts'
import { LineSplitter } from './line-splitter.ts'
import type { Seen } from './seen.ts'

export interface StallOptions {
  /** Lines that have come so far. */
  readonly count: () => number
  /** Asks whether the log has a line that has not come. */
  readonly hasMore: (signal: AbortSignal) => Promise<boolean>
  readonly pause: Pause
  readonly signal: AbortSignal
}

/** Of silence, before it is looked into; then twice as long each time, for most silent logs are only silent. */
const FIRST_SILENCE = 60_000
const LONGEST_SILENCE = 15 * 60_000
/** A line that has just been written may be on its way. */
const GRACE = 3000

/** Resolves when the log has stalled, or the signal aborts. */
export async function stalls({ count, hasMore, pause, signal }: StallOptions): Promise<void> {
  let silence = FIRST_SILENCE
  try {
    for (;;) {
      const before = count()
      await pause(silence, signal)
      if (count() > before) {
        silence = FIRST_SILENCE
        continue
      }
      silence = Math.min(silence * 2, LONGEST_SILENCE)
      if (!(await hasMore(signal))) continue
      await pause(GRACE, signal)
      if (count() === before) return
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** Whether the answer, of a log's last line alone, has one that was not seen. */
export async function hasNews(answer: Readable, seen: Seen): Promise<boolean> {
  const splitter = new LineSplitter()
  let hasFound = false
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    hasFound ||= splitter.split(chunk).some((line) => isStamped(line) && seen.isNews(line))
  }
  return hasFound
}

// Notices a followed log that silently stalled: a kubelet that still reads a rotated file, a proxy that forgot the
// connection. Knows no server.
import type { Readable } from 'node:stream'
import type { Pause } from '../resources/backoff.ts'
import { isStamped } from './line.ts'
import { LineSplitter } from './line-splitter.ts'
import type { Seen } from './seen.ts'

export interface StallOptions {
  /** Lines received so far. */
  readonly count: () => number
  /** Whether the log has a line that was not received. */
  readonly hasMore: (signal: AbortSignal) => Promise<boolean>
  readonly pause: Pause
  readonly signal: AbortSignal
}

/** Silence before the log is checked; doubled each time, because most silent logs are just silent. */
const FIRST_SILENCE = 60_000
const LONGEST_SILENCE = 15 * 60_000
/** A line that was just written may still be in flight. */
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

/** `response`: of a log's last line alone. Whether that line is new. */
export async function hasNews(response: Readable, seen: Seen): Promise<boolean> {
  const splitter = new LineSplitter()
  let hasFound = false
  for await (const chunk of response as AsyncIterable<Buffer>) {
    hasFound ||= splitter.split(chunk).some((line) => isStamped(line) && seen.isNews(line))
  }
  return hasFound
}

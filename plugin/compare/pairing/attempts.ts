// Folds live records that are attempts of one request: the caller's proxy retries those that fail. Pure.
import type { RequestRecord } from '../sources/record.ts'

export interface LiveRequest {
  /** The last attempt: the response that the caller got. */
  live: RequestRecord
  /** When the first attempt started, and with it the copy. */
  readonly start: number
  attempts: number
}

/**
 * The sender's proxy retries a failed request, but copies it once. So while there are more live records than copies, a failed
 * one is an attempt of the next one that started after its end.
 */
export function foldAttempts(lives: readonly RequestRecord[], copies: number): LiveRequest[] {
  const requests: LiveRequest[] = []
  let surplus = lives.length - Math.max(copies, 1)
  for (const live of lives) {
    const before = requests.at(-1)
    if (
      before &&
      surplus > 0 &&
      failed(before.live) &&
      live.at >= before.live.at + (before.live.duration ?? 0) - SKEW
    ) {
      before.live = live
      before.attempts++
      surplus--
    } else {
      requests.push({ live, start: live.at, attempts: 1 })
    }
  }
  return requests
}

/** Start and duration are each rounded to a millisecond, and replicas' clocks differ. */
const SKEW = 50

export function failed({ status }: RequestRecord): boolean {
  return status === 0 || status >= 500
}

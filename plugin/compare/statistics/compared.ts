// Whether a match compares the two versions. Knows no counts.
import type { Pair } from '../pairing/pair.ts'
import type { RequestRecord } from '../sources/record.ts'

type Both = Pick<Pair, 'live' | 'copy'>

/** False: one version answered both (a canary), or one response was cut off. */
export function isCompared(pair: Both): boolean {
  return isOfBoth(pair) && !isCut(pair)
}

export function isOfBoth({ live, copy }: Both): boolean {
  return live.workload !== copy.workload
}

/**
 * The caller's proxy cancelled one of the two before its response, so that response is unknown:
 *
 *   live            | copy                                    |
 *   401 at once     | 100 or none, over when the live one was | cut: Envoy cancels a copy whose body it no longer gets
 *   none            | any                                     | cut: the caller hung up
 *   200 after 10 ms | none after 15 s (the route's time-out)  | a difference: v2 hangs
 */
export function isCut({ live, copy }: Both): boolean {
  return !isAnswered(live) || (!isAnswered(copy) && !outlived(copy, live))
}

/** 100 (Continue) and 103 (Early Hints) announce a response; 101 is one. */
function isAnswered({ status }: RequestRecord): boolean {
  return status === 101 || status >= 200
}

/** False if neither duration is known: then the match counts as cut off, and is not compared. */
function outlived(copy: RequestRecord, live: RequestRecord): boolean {
  const byClock = (copy.ended ?? Number.NaN) - (live.ended ?? Number.NaN)
  const byLength = (copy.duration ?? Number.NaN) - (live.duration ?? Number.NaN)
  return (Number.isNaN(byClock) ? byLength : byClock) > SLACK
}

/** Milliseconds that a busy proxy may take to pass on a cancellation. */
const SLACK = 1000

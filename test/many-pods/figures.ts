// What compare's table says of each endpoint, to be held against the truth. Knows no load.
import type { Truth } from './traffic.ts'

const ROW = /^(GET \/\w+\/\{id\}) +([\d,]+) +([\d.]+) %\*? +(\d+) +([\d,]+) +(?:same|200→500 ([\d,]+))/gm

/** Copies without a live request count against it, too: there are none. */
export function figuresIn(table: string): Map<string, Truth> {
  return new Map(
    Array.from(table.matchAll(ROW), ([, endpoint = '', requests, , extra, compared, differing]) => [
      endpoint,
      { requests: number(requests), copied: number(compared) + number(extra), differing: number(differing) }
    ])
  )
}

function number(text = '0'): number {
  return Number(text.replaceAll(',', ''))
}

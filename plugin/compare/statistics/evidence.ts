// Keeps the matches that differ most, with their log lines, as evidence. Bounded.
import type { Match, Missing, Pair } from '../pairing/pair.ts'
import { isCompared } from './compared.ts'

export interface WorstMatch<M extends Match> {
  readonly endpoint: string
  readonly match: M
}

const MOST = 10
const MOST_STATUSES = 30
const MOST_OF_A_KIND = 3

export type Worst = Pick<WorstMatches, 'statuses' | 'latencies' | 'sizes' | 'missing'>

export class WorstMatches {
  /** A few of each endpoint and pair of statuses. */
  readonly statuses: WorstMatch<Pair>[] = []
  /** The largest differences in latency, either way, of matches with equal statuses. */
  readonly latencies: WorstMatch<Pair>[] = []
  readonly sizes: WorstMatch<Pair>[] = []
  /** Live requests without a copy. */
  readonly missing: WorstMatch<Missing>[] = []
  readonly #kinds = new Map<string, number>()

  add(endpoint: string, match: Match): void {
    if (match.kind === 'missing' && this.missing.length < MOST) this.missing.push({ endpoint, match })
    if (match.kind !== 'pair' || !isCompared(match)) return
    const example = { endpoint, match }
    if (match.live.status !== match.copy.status) this.#addStatus(example)
    else {
      keepLargest(this.latencies, example, latencyDifference)
      keepLargest(this.sizes, example, sizeDifference)
    }
  }

  #addStatus(example: WorstMatch<Pair>): void {
    const { live, copy } = example.match
    const kind = `${example.endpoint} ${live.status} ${copy.status}`
    const known = this.#kinds.get(kind) ?? 0
    if (known >= MOST_OF_A_KIND || this.statuses.length >= MOST_STATUSES) return
    this.#kinds.set(kind, known + 1)
    this.statuses.push(example)
  }
}

export function latencyDifference({ live, copy }: Pair): number {
  return (copy.duration ?? Number.NaN) - (live.duration ?? Number.NaN)
}

export function sizeDifference({ live, copy }: Pair): number {
  return (copy.bytes ?? Number.NaN) - (live.bytes ?? Number.NaN)
}

type Example = WorstMatch<Pair>

function keepLargest(list: Example[], example: Example, difference: (pair: Pair) => number): void {
  const size = ({ match }: Example): number => Math.abs(difference(match))
  const found = size(example)
  // Also false for NaN: a record lacks the value.
  if (!(found > 0) || (list.length === MOST && found <= size(list.at(-1)!))) return
  list.splice(list.findLastIndex((one) => size(one) >= found) + 1, 0, example)
  list.length = Math.min(list.length, MOST)
}

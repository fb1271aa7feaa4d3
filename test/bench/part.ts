// What a part of the benchmarks is and what it brings back. Knows no part.
import type { Stage } from './stage.ts'
import { median, pairwise } from './statistics.ts'

export interface Part {
  readonly name: string
  readonly title: string
  /** What is measured and how, in a paragraph for readers of the page. */
  readonly about: string
  readonly measures: readonly Measure[]
  readonly plots: readonly PlotOfPart[]
  run(stage: Stage, say: (text: string) => void): Promise<Findings>
}

export interface Measure {
  readonly key: string
  readonly label: string
  readonly unit: string
  readonly digits: number
}

/** Bars of one measure; or, when the rows have an `x`, a line over it. */
export interface PlotOfPart {
  readonly measure: string
  readonly title: string
  readonly x?: string
}

export interface Findings {
  readonly rows: readonly Row[]
  readonly claims: readonly Claim[]
}

/** One system, or one size of one system. */
export interface Row {
  readonly name: string
  readonly label: string
  readonly x?: number
  /** By measure, one sample a round: the same rounds in every row. */
  readonly samples: Readonly<Record<string, readonly number[]>>
}

/** What must hold of a row, or between two: a figure, a ratio or a difference, as the median over the rounds. */
export interface Claim {
  readonly says: string
  readonly value: number
  readonly unit: string
  readonly bound: 'at least' | 'at most'
  readonly limit: number
  /** Shown if it does not hold: why, as far as it is known. */
  readonly why?: string
}

export function holds({ value, bound, limit }: Claim): boolean {
  return bound === 'at least' ? value >= limit : value <= limit
}

type Compared = Pick<Claim, 'says' | 'bound' | 'limit' | 'why'> & {
  readonly of: Row
  readonly to: Row
  readonly measure: string
}

export function ratio({ of, to, measure, ...claim }: Compared, scale = 1): Claim {
  const value = pairwise(of.samples[measure] ?? [], to.samples[measure] ?? [], (left, right) => (left / right) * scale)
  return { ...claim, value, unit: '×' }
}

export function difference({ of, to, measure, ...claim }: Compared, unit: string): Claim {
  const value = pairwise(of.samples[measure] ?? [], to.samples[measure] ?? [], (left, right) => left - right)
  return { ...claim, value, unit }
}

export function absolute({ of, measure, ...claim }: Omit<Compared, 'to'>, unit: string): Claim {
  return { ...claim, value: median(of.samples[measure] ?? []), unit }
}

export function medianOf({ samples }: Row, measure: string): number | undefined {
  const found = samples[measure]
  return found && found.length > 0 ? median(found) : undefined
}

// The fields of one endpoint's answers and how often each differed. Compares nothing; bounded whatever comes.
import type { Difference } from '../responses/difference.ts'
import type { Example } from '../responses/example.ts'

/** A field, and how it differs. */
export type FieldName = Pick<Difference, 'field' | 'kind'>

export interface FieldTally extends FieldName {
  readonly counts: { -readonly [Name in keyof FieldCounts]: number }
  /** Of the first pair that showed it, or with whole answers; absent: only the live version's own answers did. */
  example?: Example
}

/** Of one field of one endpoint. */
export interface FieldCounts {
  /** Pairs in which live and copy differ in it. */
  readonly raw: number
  /** Of the requests with a baseline: in how many only live and copy differ, and in how many only the live version's two answers. */
  readonly rawOnly: number
  readonly noiseOnly: number
  /** And in how many both do. */
  readonly both: number
  /** How often two answers of the live version to the same request, one after the other, differed in it. */
  readonly repeats: number
}

export class EndpointFields {
  /** Pairs of whole answers: what was let go is compared in nothing, and no share is of it. */
  compared = 0
  /** Of the compared: with a second answer of the live version. */
  baselines = 0
  /** Answers of the live version that could be compared with one before, to the same request. */
  repeated = 0
  /** How the bodies could be compared, or that they were `dropped` -> how many pairs. */
  readonly comparedAs = new Map<string, number>()
  readonly fields = new Map<string, FieldTally>()
  /** Differences in fields beyond the bound. */
  otherFields = 0

  countWay(way: string): void {
    this.comparedAs.set(way, (this.comparedAs.get(way) ?? 0) + 1)
  }

  /** Undefined: there is no room for another. */
  find({ field, kind }: Difference): FieldTally | undefined {
    const key = `${kind} ${field}`
    const known = this.fields.get(key)
    if (known) return known
    if (this.fields.size >= MOST_FIELDS) {
      this.otherFields++
      return undefined
    }
    const fresh: FieldTally = { field, kind, counts: { raw: 0, rawOnly: 0, noiseOnly: 0, both: 0, repeats: 0 } }
    this.fields.set(key, fresh)
    return fresh
  }

  /** Whether one more example may hold whole answers. */
  get hasRoomForResponses(): boolean {
    return [...this.fields.values()].filter(({ example }) => example?.answers).length < MOST_RESPONSES
  }
}

const MOST_FIELDS = 300
const MOST_RESPONSES = 5

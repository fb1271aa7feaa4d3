// The fields of one endpoint's responses, and how often each differed. Compares nothing. Bounded.
import type { Difference } from '../responses/difference.ts'
import type { Example } from '../responses/example.ts'

/** A field, and how it differs. */
export type FieldName = Pick<Difference, 'field' | 'kind'>

export interface FieldTally extends FieldName {
  readonly counts: { -readonly [Name in keyof FieldCounts]: number }
  /** Of a match that differs in it. Absent: only the live version's own responses did. */
  example?: Example
}

/** Counts of one field of one endpoint. */
export interface FieldCounts {
  /** Matches in which live and copy differ in it. */
  readonly raw: number
  /** With a baseline: requests in which only live and copy differ, and in which only the two live responses do. */
  readonly rawOnly: number
  readonly noiseOnly: number
  /** And in which both do. */
  readonly both: number
  /** How often two successive live responses to the same request differed in it. */
  readonly repeats: number
}

export class EndpointFields {
  /** Matches of whole responses. Dropped ones are not compared and count in no share. */
  compared = 0
  /** Of the compared: with a second live response. */
  baselines = 0
  /** Live responses that could be compared with the previous one to the same request. */
  repeated = 0
  /** How the bodies could be compared, or `dropped` -> how many matches. */
  readonly comparedAs = new Map<string, number>()
  readonly fields = new Map<string, FieldTally>()
  /** Differences in fields beyond the bound. */
  otherFields = 0

  countWay(way: string): void {
    this.comparedAs.set(way, (this.comparedAs.get(way) ?? 0) + 1)
  }

  /** Undefined: too many fields already. */
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

  /** Whether one more example may hold whole responses. */
  get hasRoomForResponses(): boolean {
    return [...this.fields.values()].filter(({ example }) => example?.answers).length < MOST_RESPONSES
  }
}

const MOST_FIELDS = 300
const MOST_RESPONSES = 5

// What `compare -o json` says at its end, as far as the tests look at it.
import { expect } from 'vitest'
import type { FieldVerdict, FieldsVerdict, Finding } from '../../../plugin/compare/statistics/verdict.ts'

export interface SummaryLine {
  readonly requests: number
  readonly copied: number
  readonly expected: number
  readonly orphans: number
  readonly endpoints: readonly {
    readonly endpoint: string
    readonly requests: number
    readonly copied: number
    readonly findings: readonly Finding[]
    readonly fields?: FieldsVerdict
  }[]
}

export function readSummary(stdout: string): SummaryLine {
  const line = stdout.trimEnd().split('\n').at(-1) ?? ''
  expect(line, stdout.slice(-2000)).toContain('"kind":"summary"')
  return JSON.parse(line) as SummaryLine
}

/** `GET /page: header cache-control value`: all that is named but latency; of statuses only that there is one. */
export function named({ endpoints }: SummaryLine): string[] {
  return endpoints
    .flatMap(({ endpoint, fields, findings }) => [
      ...differing(fields).map(({ field, kind }) => `${endpoint}: ${field} ${kind}`),
      ...findings
        .filter(({ metric }) => metric === 'size' || metric === 'missing')
        .map(({ metric, text }) => `${endpoint}: ${metric} ${text}`)
    ])
    .toSorted()
}

export function differing(fields: FieldsVerdict | undefined): FieldVerdict[] {
  return fields?.fields.filter(({ judgement }) => judgement === 'differs') ?? []
}

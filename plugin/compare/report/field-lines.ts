// The fields of each endpoint's responses as lines of text, below the table. Pure.
import { renderColumns, type Column } from './columns.ts'
import type { Summary } from '../statistics/summary.ts'
import type { Paint } from '../../io/colour.ts'
import { count, percent } from '../../io/format.ts'
import { KINDS } from '../responses/difference.ts'
import type { FieldsVerdict, FieldVerdict } from '../statistics/verdict.ts'
import { isNoise } from '../statistics/noise.ts'
import { shorten } from '../responses/redact.ts'

export interface FieldLinesOptions {
  readonly paint: Paint
  /** Most lines of fields, for a small terminal. */
  readonly most?: number
  /** The output is a terminal: it may show examples even without --examples. */
  readonly isForEyes: boolean
}

export function fieldLines({ endpoints, bodies }: Summary, options: FieldLinesOptions): string[] {
  if (bodies === undefined) return []
  const { paint, most = Number.POSITIVE_INFINITY, isForEyes } = options
  const withExamples = isForEyes || bodies.withExamples
  const shown = endpoints.flatMap(({ endpoint, fields }) => (fields ? [{ endpoint, fields }] : []))
  const lines: string[] = []
  let left = most
  for (const { endpoint, fields } of shown) {
    const listed = fields.fields.filter(({ judgement }) => judgement !== 'noise').slice(0, Math.max(0, left))
    left -= listed.length
    const noise = fields.fields.filter(({ judgement }) => judgement === 'noise')
    if (listed.length + noise.length === 0) continue
    lines.push(`${endpoint}: ${comparedAs(fields)}`, ...table(listed, paint, withExamples))
    if (noise.length > 0) lines.push(paint('faint', `  noise: ${names(noise)}`))
  }
  if (lines.length === 0) return []
  return [paint('strong', 'Responses:'), ...lines, ...(bodies.baseline ? [] : [paint('faint', WITHOUT_BASELINE)]), '']
}

export const WITHOUT_BASELINE =
  'Without --baseline little noise is recognised: only fields in which two live responses to the same request differed ' +
  '"may be noise".'

/** `1,200 as JSON, 50 truncated (by size and hash)`. */
export function comparedAs({ comparedAs: ways, otherFields }: FieldsVerdict): string {
  const compared = Object.entries(ways)
    .toSorted(([, one], [, other]) => other - one)
    .map(([way, times]) => `${count(times)} ${WAYS[way] ?? (isMeant(way) ? `as ${way}` : `${way} (by size and hash)`)}`)
    .join(', ')
  return otherFields > 0 ? `${compared}; ${count(otherFields)} differences in further fields` : compared
}

/** Ways whose name needs more words. */
const WAYS: Readonly<Record<string, string>> = {
  'no body': 'without body',
  format: 'of two formats',
  'other status': 'with another status (nothing else compared)',
  dropped: 'not compared (too many bodies were waiting)'
}
const MEANT = new Set(['JSON', 'JSON lines', 'HTML', 'XML', 'form', 'event stream', 'text'])

function isMeant(way: string): boolean {
  return MEANT.has(way)
}

function table(fields: readonly FieldVerdict[], paint: Paint, withExamples: boolean): string[] {
  const colour = ({ judgement }: FieldVerdict, text: string): string =>
    judgement === 'differs' ? paint('bad', text) : isNoise(judgement) ? paint('faint', text) : text
  const cell = (title: string, of: (field: FieldVerdict) => string): Column<FieldVerdict> => ({
    title,
    align: 'left',
    dispensable: 0,
    cell: (field) => colour(field, of(field))
  })
  const [, ...rows] = renderColumns(
    [
      cell('', ({ judgement }) => `  ${judgement}`),
      cell('', ({ field }) => shorten(field, 60)),
      cell('', ({ kind }) => KINDS[kind]),
      cell('', ({ rate, interval: [low, high] }) => `${percent(rate)} (${percent(low)} to ${percent(high)})`),
      ...(withExamples ? [cell('', example)] : [])
    ],
    fields
  )
  return rows
}

function example({ example: one }: FieldVerdict): string {
  if (one === undefined) return ''
  const { method, path } = one.request
  return `${side(one.live)} → ${side(one.copy)}   ${method} ${shorten(path, 60)}`
}

function side(value: string | undefined): string {
  return value === undefined ? 'none' : shorten(value, 40)
}

function names(fields: readonly FieldVerdict[]): string {
  const all = [...new Set(fields.map(({ field }) => field))]
  const more = all.length > MOST_NAMES ? ` and ${all.length - MOST_NAMES} more` : ''
  return `${all.slice(0, MOST_NAMES).join(', ')}${more}`
}

const MOST_NAMES = 8

// A run as text: the table of endpoints, what is beyond noise, what is not known, and the gates. Pure.
import { formatDuration } from '../duration.ts'
import { fieldLines } from './bodies/field-lines.ts'
import { caveats } from './caveats.ts'
import { renderColumns, type Column } from './columns.ts'
import { METHODS } from './difference.ts'
import type { Summary } from './summary.ts'
import type { Metric } from './metric.ts'
import type { Verdict } from './verdict.ts'
import { arrivals, change, count, percent, statusChanges, title, untested } from './words.ts'

export interface TableOptions {
  /** Columns and rows of the terminal; absent: as much as there is. Without a width it may be a file that is written. */
  readonly width?: number
  readonly height?: number
  readonly paint: Paint
}

/** Colour is a help, never the only sign. */
export type Paint = (style: 'strong' | 'faint' | 'bad' | 'good', text: string) => string

export function renderTable(summary: Summary, { width, height, paint }: TableOptions): string {
  const { endpoints } = summary
  const below = [
    ...findingLines(endpoints, paint),
    ...fieldLines(summary, {
      paint,
      ...(height !== undefined && { most: Math.ceil(height / 4) }),
      isForEyes: width !== undefined
    }),
    ...caveats(summary).map((text) => paint('faint', text)),
    ...gateLines(summary, paint)
  ]
  const room = height === undefined ? endpoints.length : Math.max(3, height - below.length - 8)
  const shown = endpoints.slice(0, room)
  const [header = '', ...rows] = renderColumns(columns(paint), shown, width)
  const hidden = endpoints.length - shown.length
  return [
    paint('strong', title(summary)),
    totals(summary),
    '',
    ...(endpoints.length > 0 ? [paint('faint', header), ...rows] : []),
    ...(hidden > 0 ? [paint('faint', `and ${count(hidden)} more endpoints`)] : []),
    '',
    ...below
  ].join('\n')
}

function totals({ requests, copied, arrived, expected, compared, retried, from, to }: Summary): string {
  const share = expected === 0 ? '' : `, ${percent(Math.min(1, arrived / expected))} of those expected`
  const parts = [
    `${count(requests)} requests`,
    `${count(copied)} copies${share}`,
    `${count(compared)} compared`,
    ...(retried > 0 ? [`${count(retried)} tried more than once`] : []),
    ...(from && to ? [`in ${formatDuration(to.getTime() - from.getTime())}`] : [])
  ]
  return parts.join('   ')
}

/** An asterisk marks what is beyond noise. */
function columns(paint: Paint): Column<Verdict>[] {
  const mark = ({ findings }: Verdict, metrics: readonly Metric[], text: string): string =>
    findings.some(({ metric }) => metrics.includes(metric)) ? paint('bad', `${text}*`) : `${text} `
  const latency = (name: 'p50' | 'p95' | 'p99', dispensable: number): Column<Verdict> => ({
    title: `${name.toUpperCase()} MS `,
    align: 'right',
    dispensable,
    cell: (one) => mark(one, [name], one.latency ? change(one.latency.live, one.latency.copy, name) : '-')
  })
  return [
    { title: 'ENDPOINT', align: 'left', dispensable: 0, cell: ({ endpoint }) => endpoint },
    { title: 'REQUESTS', align: 'right', dispensable: 0, cell: ({ requests }) => count(requests) },
    { title: 'ARRIVED ', align: 'right', dispensable: 0, cell: (one) => mark(one, ['missing'], arrivals(one)) },
    { title: 'EXTRA', align: 'right', dispensable: 5, cell: ({ orphans }) => count(orphans) },
    { title: 'COMPARED', align: 'right', dispensable: 3, cell: ({ compared }) => count(compared) },
    { title: 'STATUS', align: 'left', dispensable: 0, cell: (one) => mark(one, ['status'], statusCell(one)) },
    latency('p50', 1),
    latency('p95', 4),
    latency('p99', 0),
    {
      title: 'BYTES ',
      align: 'right',
      dispensable: 2,
      cell: (one) => mark(one, ['size'], one.size ? change(one.size.live, one.size.copy, 'p50') : '-')
    }
  ]
}

function statusCell(verdict: Verdict): string {
  if (verdict.compared === 0) return '-'
  const changes = statusChanges(verdict)
  if (changes.length === 0) return 'same'
  const more = changes.length > 2 ? ', …' : ''
  return `${changes.slice(0, 2).join(', ')}${more} (${percent(verdict.statusDiffer)})`
}

function findingLines(endpoints: readonly Verdict[], paint: Paint): string[] {
  const found = endpoints.flatMap(({ endpoint, findings }) =>
    findings.map(
      ({ metric, text, p }) =>
        `  ${endpoint}: ${metric === 'missing' ? 'missing: ' : ''}${text} (${p === undefined ? 'no baseline' : `p ${scientific(p)}`})`
    )
  )
  const tests = `* tests: status: ${METHODS.status}; latency: ${METHODS.latency}; size: ${METHODS.size}; ${METHODS.correction}.`
  if (found.length === 0) return ['No difference beyond noise.', paint('faint', tests), '']
  return [
    paint('strong', `* Beyond noise${untested(endpoints)}:`),
    ...found.map((text) => paint('bad', text)),
    paint('faint', tests),
    ''
  ]
}

export function scientific(p: number): string {
  return p < 1e-12 ? '< 1e-12' : `= ${p.toPrecision(2)}`
}

function gateLines({ gates }: Summary, paint: Paint): string[] {
  if (gates.length === 0) return []
  return [
    '',
    ...gates.map(({ gate, result, endpoints }) => {
      const named = endpoints.length > 0 ? `: ${endpoints.join(', ')}` : ''
      switch (result) {
        case 'passed':
          return `${paint('good', 'passed')}   ${gate}`
        case 'failed':
          return `${paint('bad', 'FAILED')}   ${gate}${named}`
        case 'unclear':
          return `passed   ${gate}: exceeded, but not beyond noise${named}`
        case 'unmeasured':
          return `${paint('bad', 'FAILED')}   ${gate}: nothing to measure it by`
        default:
          return result satisfies never
      }
    })
  ]
}

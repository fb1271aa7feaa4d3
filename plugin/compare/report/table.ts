// A run as text: the table of endpoints, differences beyond noise, caveats, and conditions. Pure.
import { formatAge, plural, count, percent } from '../../io/format.ts'
import type { Paint } from '../../io/colour.ts'
import { fieldLines } from './field-lines.ts'
import { caveats } from './caveats.ts'
import { renderColumns, type Column } from './columns.ts'
import type { Summary } from '../statistics/summary.ts'
import type { Metric, Verdict } from '../statistics/verdict.ts'
import { arrivals, change, statusChanges, title, untested } from './labels.ts'

export interface TableOptions {
  /** Columns and rows of the terminal. Absent: no limit, because the output may be a file. */
  readonly width?: number
  readonly height?: number
  /** False during the run. */
  readonly isFinal?: boolean
  readonly paint: Paint
}

export function renderTable(summary: Summary, { width, height, isFinal = true, paint }: TableOptions): string {
  const { endpoints } = summary
  const below = [
    ...findingLines(summary, isFinal, paint),
    ...fieldLines(summary, {
      paint,
      ...(height !== undefined && { most: Math.ceil(height / 4) }),
      isForEyes: width !== undefined
    }),
    ...caveats(summary).map((text) => paint('faint', text)),
    ...gateLines(summary, isFinal, paint)
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
    ...(hidden > 0 ? [paint('faint', `and ${count(hidden)} more ${hidden === 1 ? 'endpoint' : 'endpoints'}`)] : []),
    '',
    ...below
  ].join('\n')
}

function totals({ requests, copied, arrived, expected, compared, cut, retried, from, to }: Summary): string {
  const share = expected === 0 ? '' : `, ${percent(Math.min(1, arrived / expected))} of those expected`
  const parts = [
    plural(requests, 'request'),
    `${plural(copied, 'copy', 'copies')}${share}`,
    `${count(compared)} compared`,
    ...(cut > 0 ? [`${count(cut)} cut off`] : []),
    ...(retried > 0 ? [`${count(retried)} retried`] : []),
    ...(from && to ? [`in ${formatAge(to.getTime() - from.getTime())}`] : [])
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

/** Fields have lines of their own, below. */
function findingLines({ endpoints, compared }: Summary, isFinal: boolean, paint: Paint): string[] {
  const all = endpoints.flatMap(({ endpoint, findings }) => findings.map((finding) => ({ endpoint, ...finding })))
  if (all.length === 0)
    return [compared === 0 ? 'Nothing was compared.' : `No difference beyond noise${soFar(isFinal)}.`, '']
  const found = all.filter(({ metric }) => metric !== 'field')
  const fields = endpoints.flatMap(({ endpoint, findings }) => {
    const differing = findings.filter(({ metric }) => metric === 'field').length
    return differing > 0 ? [`  ${endpoint}: ${plural(differing, 'field')}, see below`] : []
  })
  return [
    paint('strong', `* Beyond noise${untested(endpoints)}${soFar(isFinal)}:`),
    ...found.map(({ endpoint, metric, text, p }) =>
      paint(
        'bad',
        `  ${endpoint}: ${metric === 'missing' ? 'missing: ' : ''}${text} (${p === undefined ? 'no baseline' : `p ${scientific(p)}`})`
      )
    ),
    ...fields.map((text) => paint('bad', text)),
    ''
  ]
}

/** The tests hold for one look at the run's end. Frequent looks see chance differences now and then. */
function soFar(isFinal: boolean): string {
  return isFinal ? '' : ' so far (preliminary: only the end of the run decides)'
}

export function scientific(p: number): string {
  return p < 1e-12 ? '< 1e-12' : `= ${p.toPrecision(2)}`
}

function gateLines({ gates }: Summary, isFinal: boolean, paint: Paint): string[] {
  if (gates.length === 0) return []
  return [
    ...(isFinal ? [''] : ['', paint('faint', 'Preliminary:')]),
    ...gates.map(({ gate, result, endpoints, why }) => {
      const named = endpoints.length > 0 ? `: ${endpoints.join(', ')}` : ''
      switch (result) {
        case 'passed':
          return `${paint('good', 'passed')}   ${gate}`
        case 'failed':
          return `${paint('bad', 'FAILED')}   ${gate}${named}`
        case 'unclear':
          return `passed   ${gate}: exceeded, but not beyond noise${named}`
        case 'unmeasured':
          return `${paint('bad', 'FAILED')}   ${gate}: no data to evaluate this condition: ${why}`
        default:
          return result satisfies never
      }
    })
  ]
}

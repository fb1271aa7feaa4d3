// The report's tables: endpoints, gates, statuses. Knows no plot.
import type { GateResult } from '../statistics/gate.ts'
import type { Summary } from '../statistics/summary.ts'
import type { Metric, Quantiles, Spread, Verdict } from '../statistics/verdict.ts'
import { count, percent, quantity, signed } from '../../io/format.ts'
import { arrivals, statusChanges, statusName } from './labels.ts'
import type { Versions } from './plots.ts'
import { html, table, type Markup } from './markup.ts'

const TITLES = 'Endpoint,Requests,Arrived,Extra,Compared,Status differs,p50 ms,p95 ms,p99 ms,Bytes p50,p95,p99'.split(
  ','
)

export function endpointTable(endpoints: readonly Verdict[]): Markup {
  return table('Endpoints', TITLES, endpoints.map(endpointRow))
}

function endpointRow(verdict: Verdict): Markup {
  const { endpoint, requests, orphans, compared, latency, size } = verdict
  const cells = [
    cell(verdict, 'missing', arrivals(verdict)),
    cell(verdict, undefined, count(orphans)),
    cell(verdict, undefined, count(compared)),
    cell(
      verdict,
      'status',
      compared === 0 ? '-' : percent(verdict.statusDiffer),
      statusChanges(verdict).slice(0, 3).join(', ')
    ),
    ...(['p50', 'p95', 'p99'] as const).map((name) => change(verdict, name, latency, name)),
    ...(['p50', 'p95', 'p99'] as const).map((name) => change(verdict, 'size', size, name))
  ]
  return html`<tr>
    <th scope="row">${endpoint}</th>
    <td>${count(requests)}</td>
    ${cells}
  </tr>`
}

function change(verdict: Verdict, metric: Metric, spread: Spread | undefined, name: keyof Quantiles): Markup {
  if (!spread) return cell(verdict, undefined, '-')
  const { live, copy } = spread
  return cell(verdict, metric, quantity(live[name]), signed(copy[name] - live[name]))
}

function cell({ findings }: Verdict, metric: Metric | undefined, text: string, note = ''): Markup {
  const isBeyond = findings.some((finding) => finding.metric === metric)
  const small = note === '' ? '' : html` <small>${note}</small>`
  return isBeyond ? html`<td class="beyond">${text}${small} *</td>` : html`<td>${text}${small}</td>`
}

const RESULTS: Readonly<Record<GateResult['result'], string>> = {
  passed: 'passed',
  failed: 'failed',
  unclear: 'passed: exceeded, but not beyond noise',
  unmeasured: 'failed: no data to evaluate it'
}

export function gateTable(gates: readonly GateResult[]): Markup {
  const rows = gates.map(
    ({ gate, result, endpoints, why }) =>
      html`<tr>
        <th scope="row">${gate}</th>
        <td class="text"><span class="tag ${result}">${RESULTS[result]}</span></td>
        <td class="text">${why ?? endpoints.join(', ')}</td>
      </tr>`
  )
  return table('Gates', ['Fails on', '<Result', '<Where'], rows)
}

/** Rows: statuses of the live version. On the diagonal both versions agree. */
export function statusMatrix({ endpoints }: Summary, versions: Versions): Markup {
  const pairs = endpoints.flatMap(({ statuses }) => statuses)
  const statuses = [...new Set(pairs.flatMap(({ live, copy }) => [live, copy]))].toSorted((one, other) => one - other)
  const times = (live: number, copy: number): number =>
    pairs.filter((pair) => pair.live === live && pair.copy === copy).reduce((sum, pair) => sum + pair.count, 0)
  const head = statuses.map((status) => html`<span class="copy">${statusName(status)}</span>`)
  const rows = statuses.map(
    (live) =>
      html`<tr>
        <th scope="row"><span class="live">${statusName(live)}</span></th>
        ${statuses.map((copy) => {
          const found = times(live, copy)
          if (live === copy) return html`<td class="diagonal">${count(found)}</td>`
          return found > 0 ? html`<td class="beyond">${count(found)}</td>` : html`<td class="diagonal">0</td>`
        })}
      </tr>`
  )
  return table('Status of both versions', ['live', ...head], rows, {
    fits: true,
    caption: `Down: ${versions.live}. Across: ${versions.copy}.`
  })
}

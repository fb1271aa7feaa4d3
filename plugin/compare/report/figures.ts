// The report's tables: endpoints, gates, statuses. Knows no plot.
import { html } from 'hono/html'
import type { GateResult } from '../statistics/gate.ts'
import type { Summary } from '../statistics/summary.ts'
import type { Metric, Quantiles, Verdict } from '../statistics/verdict.ts'
import { count, percent, quantity, signed } from '../../io/format.ts'
import { arrivals, statusChanges, statusName } from './labels.ts'
import type { Versions } from './plots.ts'
import type { Markup } from './svg.ts'

export function endpointTable(endpoints: readonly Verdict[]): Markup {
  return scroll(
    'Endpoints',
    html`<table>
      <thead>
        <tr>
          <th scope="col">Endpoint</th>
          <th scope="col">Requests</th>
          <th scope="col">Arrived</th>
          <th scope="col">Extra</th>
          <th scope="col">Compared</th>
          <th scope="col">Status differs</th>
          <th scope="col">p50 ms</th>
          <th scope="col">p95 ms</th>
          <th scope="col">p99 ms</th>
          <th scope="col">Bytes p50</th>
          <th scope="col">p95</th>
          <th scope="col">p99</th>
        </tr>
      </thead>
      <tbody>
        ${endpoints.map(endpointRow)}
      </tbody>
    </table>` as Markup
  )
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
  </tr>` as Markup
}

function change(
  verdict: Verdict,
  metric: Metric,
  spread: { readonly live: Quantiles; readonly copy: Quantiles } | undefined,
  name: keyof Quantiles
): Markup {
  if (!spread) return cell(verdict, undefined, '-')
  const { live, copy } = spread
  return cell(verdict, metric, quantity(live[name]), signed(copy[name] - live[name]))
}

function cell({ findings }: Verdict, metric: Metric | undefined, text: string, note = ''): Markup {
  const isBeyond = findings.some((finding) => finding.metric === metric)
  const small = note === '' ? '' : html` <small>${note}</small>`
  return (isBeyond ? html`<td class="beyond">${text}${small} *</td>` : html`<td>${text}${small}</td>`) as Markup
}

const RESULTS: Readonly<Record<GateResult['result'], string>> = {
  passed: 'passed',
  failed: 'failed',
  unclear: 'passed: exceeded, but not beyond noise',
  unmeasured: 'failed: no data to evaluate it'
}

export function gateTable(gates: readonly GateResult[]): Markup {
  return scroll(
    'Gates',
    html`<table>
      <thead>
        <tr>
          <th scope="col">Fails on</th>
          <th scope="col" style="text-align:left">Result</th>
          <th scope="col" style="text-align:left">Where</th>
        </tr>
      </thead>
      <tbody>
        ${gates.map(
          ({ gate, result, endpoints, why }) =>
            html`<tr>
              <th scope="row">${gate}</th>
              <td class="text"><span class="tag ${result}">${RESULTS[result]}</span></td>
              <td class="text">${why ?? endpoints.join(', ')}</td>
            </tr>`
        )}
      </tbody>
    </table>` as Markup
  )
}

/** Rows: statuses of the live version. On the diagonal both versions agree. */
export function statusMatrix({ endpoints }: Summary, versions: Versions): Markup {
  const pairs = endpoints.flatMap(({ statuses }) => statuses)
  const statuses = [...new Set(pairs.flatMap(({ live, copy }) => [live, copy]))].toSorted((one, other) => one - other)
  const times = (live: number, copy: number): number =>
    pairs.filter((pair) => pair.live === live && pair.copy === copy).reduce((sum, pair) => sum + pair.count, 0)
  const head = statuses.map((status) => html`<th scope="col"><span class="copy">${statusName(status)}</span></th>`)
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
  return scroll(
    'Status of both versions',
    html`<table>
      <caption>
        Down: ${versions.live}. Across: ${versions.copy}.
      </caption>
      <thead>
        <tr>
          <th scope="col">live</th>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>` as Markup,
    'fit'
  )
}

/** Wide tables scroll by themselves, by keyboard too; the page never does. */
function scroll(label: string, table: Markup, fit = ''): Markup {
  return html`<div class="scroll ${fit}" role="region" aria-label="${label}" tabindex="0">${table}</div>` as Markup
}

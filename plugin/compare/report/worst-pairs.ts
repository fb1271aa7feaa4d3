// The report's evidence: the matches that differ most, each with both log lines.
import type { Match } from '../pairing/pair.ts'
import { latencyDifference, sizeDifference, type WorstMatch, type Worst } from '../statistics/evidence.ts'
import { signed } from '../../io/format.ts'
import { statusName } from './labels.ts'
import type { Versions } from './plots.ts'
import { html, type Markup } from './markup.ts'

export function worstPairs({ statuses, latencies, sizes, missing }: Worst, versions: Versions): Markup {
  const groups = [
    group(
      'Other status',
      statuses,
      versions,
      ({ live, copy }) => `${statusName(live.status)} → ${statusName(copy.status)}`
    ),
    group('Latency', latencies, versions, (match) => `${signed(latencyDifference(match))} ms`),
    group('Size', sizes, versions, (match) => `${signed(sizeDifference(match))} B`),
    group('No copy', missing, versions, ({ live }) => `live ${statusName(live.status)}`)
  ].filter((one) => one !== undefined)
  if (groups.length === 0) return html``
  return html`<h2>The worst matches</h2>
    <p class="soft">
      Single requests, as both versions' proxies logged them. One match proves nothing: latency varies by itself.
    </p>
    ${groups}`
}

function group<M extends Match>(
  heading: string,
  examples: readonly WorstMatch<M>[],
  versions: Versions,
  say: (match: M) => string
): Markup | undefined {
  if (examples.length === 0) return undefined
  return html`<h3 style="margin-top:16px">${heading}</h3>
    ${examples.map(
      ({ endpoint, match }) =>
        html`<details>
          <summary><b>${say(match)}</b> &nbsp; ${endpoint}</summary>
          ${'live' in match ? line('live', versions.live, match.live) : ''}${'copy' in match ? line('copy', versions.copy, match.copy) : ''}
        </details>`
    )}`
}

function line(kind: 'live' | 'copy', version: string, { pod, line: text }: { pod: string; line: string }): Markup {
  return html`<div style="margin-bottom:8px">
    <span class="${kind}">${version}</span> <span class="soft">${pod}</span>
    <pre>${text}</pre>
  </div>`
}

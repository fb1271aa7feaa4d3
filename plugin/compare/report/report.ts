// The report: a run as one self-contained HTML page. Everything that a client sent is escaped.
import { raw } from 'hono/html'
import { formatAge, plural, count, percent } from '../../io/format.ts'
import { METHODS } from '../statistics/significance.ts'
import { RISK } from '../statistics/chance.ts'
import type { Summary } from '../statistics/summary.ts'
import type { Verdict } from '../statistics/verdict.ts'
import { caveats } from './caveats.ts'
import { escapeControlsByLine } from '../../io/sanitize.ts'
import { arrivals, title, untested } from './labels.ts'
import { fieldSection } from './field-section.ts'
import { endpointTable, gateTable, statusMatrix } from './figures.ts'
import { arrivalPlot, endpointPlot, latencyPlot, sizePlot, type Versions } from './plots.ts'
import { STYLE } from './style.ts'
import { html, type Markup } from './markup.ts'
import { worstPairs } from './worst-pairs.ts'

/** How many endpoints get a plot of their own, those that differ first. */
const MOST_PLOTS = 12

export function renderReport(summary: Summary, now: Date): string {
  const versions = { live: summary.live.join('+'), copy: `${summary.mirror} (copies)` }
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title(summary)}</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <main>
          ${header(summary)} ${banner(summary)} ${tiles(summary)}
          ${summary.gates.length > 0 ? section('Gates', '', gateTable(summary.gates)) : ''}
          ${summary.endpoints.length > 0 ? body(summary, versions) : ''} ${footer(summary, now)}
        </main>
      </body>
    </html> `
  // Texts of clients must not change what a reader sees, whichever way they came.
  return `${escapeControlsByLine(String(page))}\n`
}

function body(summary: Summary, versions: Versions): Markup[] {
  const { endpoints } = summary
  const plotted = endpoints.slice(0, MOST_PLOTS)
  const timed = plotted.filter(({ latency }) => latency)
  const sized = plotted.filter(({ size }) => size && size.longer + size.shorter > 0)
  return [
    section(
      'Endpoints',
      'Endpoints that differ come first. Each cell: the figure of the live version, then the difference of the copies. Marked cells are beyond noise.',
      endpointTable(endpoints)
    ),
    section('Arrival', 'Live requests and their copies.', [
      figure(arrivalPlot(summary), html`${key('live', 'requests')} ${key('copy', 'copies')} dot: another status`)
    ]),
    section(
      'Status',
      'How often each pair of statuses occurred, in requests that both versions answered.',
      statusMatrix(summary, versions)
    ),
    ...(timed.length > 0
      ? [
          section('Latency', 'Measured by the sidecar before each version, for matches with the same status.', [
            figure(
              endpointPlot(timed),
              html`${dotKey('live', versions.live)} ${dotKey('copy', versions.copy)} median and 99th percentile; red:
              beyond noise`
            )
          ]),
          grid(timed.map((one) => figure(latencyPlot(one, versions), latencyCaption(one, versions), one.endpoint)))
        ]
      : []),
    section(
      'Size',
      sized.length > 0
        ? 'How many bytes longer each copy’s body is than the live one, for matches with the same status.'
        : 'Each copy with the status of its live response also had its size.',
      []
    ),
    ...(sized.length > 0 ? [grid(sized.map((one) => figure(sizePlot(one), sizeCaption(one), one.endpoint)))] : []),
    fieldSection(summary, versions),
    worstPairs(summary.worst, versions)
  ]
}

function header(summary: Summary): Markup {
  const { namespace, context, from, to, name, live, mirror, percent: share } = summary
  const period = from && to ? `${utc(from)} to ${utc(to)} (${formatAge(to.getTime() - from.getTime())})` : 'no request'
  return html`<header>
    <h1>
      ${name}: <span class="live">${live.join('+')}</span> live, <span class="copy">${mirror}</span> mirror of
      ${Number(share.toFixed(4))} %
    </h1>
    <p class="soft">Namespace ${namespace}${context ? `, context ${context}` : ''}. ${period}.</p>
  </header>`
}

function banner({ endpoints, compared }: Summary): Markup {
  const differing = endpoints.filter(({ findings }) => findings.length > 0)
  if (compared === 0 && differing.length === 0) {
    return html`<div class="banner differs"><h2>Nothing was compared</h2></div>`
  }
  if (differing.length === 0) {
    const of = `${plural(compared, 'match', 'matches')} on ${plural(endpoints.length, 'endpoint')}`
    return html`<div class="banner">
      <h2>No difference beyond noise</h2>
      ${of}
    </div>`
  }
  const heading = `${differing.length} of ${plural(endpoints.length, 'endpoint')} ${differing.length === 1 ? 'differs' : 'differ'} beyond noise${untested(differing)}`
  return html`<div class="banner differs">
    <h2>${heading}</h2>
    <ul>
      ${differing.map(
        ({ endpoint, findings }) => html`<li><b>${endpoint}</b>: ${findings.map(({ text }) => text).join('; ')}</li>`
      )}
    </ul>
  </div>`
}

function tiles(summary: Summary): Markup {
  const { requests, arrived, expected, compared, cut, endpoints, retried } = summary
  const differing = endpoints.reduce((sum, one) => sum + one.statusDiffer * one.compared, 0)
  return html`<dl class="tiles">
    ${tile('Live requests', count(requests), retried > 0 ? `${count(retried)} retried` : `on ${plural(endpoints.length, 'endpoint')}`)}
    ${tile('Copies arrived', arrivals(summary), `${count(arrived)} of ${count(Math.round(expected))} expected`)}
    ${tile('Matches compared', count(compared), cut > 0 ? `answered by both versions; ${count(cut)} cut off` : 'answered by both versions')}
    ${tile('Other status', compared === 0 ? '-' : percent(differing / compared), plural(Math.round(differing), 'match', 'matches'))}
  </dl>`
}

function tile(name: string, value: string, note: string): Markup {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}<small>${note}</small></dd>
  </div>`
}

function section(heading: string, text: string, content: Markup | readonly Markup[]): Markup {
  return html`<h2>${heading}</h2>
    ${text === '' ? '' : html`<p class="soft">${text}</p>`}${content}`
}

function grid(figures: readonly Markup[]): Markup {
  return html`<div class="grid" style="margin-top:12px">${figures}</div>`
}

function figure(plot: Markup, caption: Markup | Promise<Markup> | string, heading = ''): Markup {
  return html`<figure>
    ${heading === '' ? '' : html`<h3>${heading}</h3>`}${plot}
    <figcaption>${caption}</figcaption>
  </figure>`
}

/** As the plots draw the two: solid and dashed. */
function key(kind: 'live' | 'copy', text: string): Markup {
  const dash = kind === 'copy' ? '5 3' : 'none'
  return keyOf(
    raw(`<line x1="0" x2="28" y1="5" y2="5" stroke="var(--${kind})" stroke-width="3" stroke-dasharray="${dash}"/>`),
    text
  )
}

/** Or hollow and filled. */
function dotKey(kind: 'live' | 'copy', text: string): Markup {
  const fill = kind === 'copy' ? 'var(--copy)' : 'none'
  return keyOf(raw(`<circle cx="14" cy="5" r="4" stroke="var(--${kind})" stroke-width="2" fill="${fill}"/>`), text)
}

function keyOf(sign: Markup, text: string): Markup {
  return html`<span class="key"><svg viewBox="0 0 28 10" aria-hidden="true">${sign}</svg>${text}</span>`
}

function latencyCaption({ latency }: Verdict, versions: Versions): Markup {
  return html`${key('live', versions.live)}${key('copy', versions.copy)}${plural(latency?.pairs ?? 0, 'match', 'matches')}`
}

function sizeCaption({ size }: Verdict): string {
  const { longer = 0, shorter = 0, pairs = 0 } = size ?? {}
  return `bytes longer; ${plural(longer, 'match', 'matches')} longer, ${count(shorter)} shorter, ${count(pairs - longer - shorter)} the same`
}

function footer(summary: Summary, now: Date): Markup {
  return html`<footer>
    <h3>Limits of this report</h3>
    <ul>
      ${caveats(summary).map((text) => html`<li>${text}</li>`)}
    </ul>
    <h3>What “beyond noise” means</h3>
    <ul>
      <li>Status: ${METHODS.status}.</li>
      <li>Latency: ${METHODS.latency}. Smaller differences are not reported, however certain.</li>
      <li>Size: ${METHODS.size}.</li>
      <li>Arrival: ${METHODS.missing}.</li>
      <li>${METHODS.correction} (${RISK}).</li>
    </ul>
    <p class="soft">
      Each test compares the two responses to the same request, so variation between requests cancels out.
    </p>
    <p class="soft">Written by kubectl-mirror on ${utc(now)}. The page loads no other file.</p>
  </footer>`
}

function utc(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

// The plots of the report: latency, arrival, size. Each takes figures of a run and gives SVG. Knows no page.
import { isSized, isTimed, type Sample } from '../statistics/samples.ts'
import type { Summary } from '../statistics/summary.ts'
import type { Verdict } from '../statistics/verdict.ts'
import type { Markup } from './markup.ts'
import * as Plot from '@observablehq/plot'
import { raw } from 'hono/html'
import { parseHTML } from 'linkedom'

/** The page's colours, which dark mode changes; never the only sign. */
const LIVE = 'var(--live)'
const COPY = 'var(--copy)'
const BAD = 'var(--bad)'
const FAINT = 'var(--faint)'

const PERCENTILES = 80

/** Latency by percentile, with the tail stretched: the lines part where the versions differ. */
export function latencyPlot({ endpoint, samples }: Verdict, versions: Versions): Markup {
  const timed = samples.filter(isTimed)
  return drawPlot(
    `Latency by percentile of ${endpoint}, of ${versions.live} and ${versions.copy}; the table above has the figures`,
    () => ({
      height: 220,
      marginLeft: 44,
      marginRight: 16,
      x: { type: 'log', reverse: true, label: null, ticks: [1, 0.5, 0.1, 0.01, 0.001], tickFormat: percentile },
      y: { label: 'ms', grid: true, zero: true, nice: true, ticks: 5 },
      marks: [
        Plot.ruleY([0], { stroke: FAINT }),
        Plot.lineY(percentiles(timed, 'live'), { x: 'rest', y: 'value', stroke: LIVE, strokeWidth: 2 }),
        Plot.lineY(percentiles(timed, 'copy'), {
          x: 'rest',
          y: 'value',
          stroke: COPY,
          strokeWidth: 2.5,
          strokeDasharray: '5 3'
        })
      ]
    }),
    [340]
  )
}

export interface Versions {
  readonly live: string
  readonly copy: string
}

/** `rest`: how many are slower, 1 to 1/n. */
function percentiles(samples: readonly Sample[], side: 'live' | 'copy'): { rest: number; value: number }[] {
  const sorted = Float64Array.from(samples, (one) => one[side]).toSorted()
  const most = Math.log10(sorted.length)
  return Array.from({ length: PERCENTILES }, (_, step) => {
    const rest = 10 ** ((-most * step) / (PERCENTILES - 1))
    const rank = Math.min(sorted.length - 1, Math.floor(sorted.length * (1 - rest)))
    return { rest, value: sorted[rank]! }
  })
}

function percentile(rest: number): string {
  return `p${Number((100 * (1 - rest)).toFixed(2))}`
}

/** Requests over time, and copies on top of them: where requests show, copies are missing. */
export function arrivalPlot({ timeline: { intervals, width: length } }: Summary): Markup {
  const seconds = length / 1000
  const points = intervals.map(({ at, requests, copied, differing }) => ({
    at: new Date(at),
    requests: requests / seconds,
    copied: copied / seconds,
    differing: differing / seconds
  }))
  return drawPlot('Live requests and copies per second, over the time of the run', (width) => ({
    height: 200,
    marginLeft: 48,
    marginRight: 32,
    x: {
      type: 'utc',
      label: null,
      ticks: width > 500 ? 8 : 3,
      tickFormat: (at: Date) => at.toISOString().slice(11, 19)
    },
    y: { label: 'per second', grid: true, zero: true, ticks: 4 },
    marks: [
      Plot.areaY(points, { x: 'at', y: 'copied', fill: COPY, fillOpacity: 0.18, curve: 'step-after' }),
      Plot.lineY(points, { x: 'at', y: 'requests', stroke: LIVE, strokeWidth: 1.5, curve: 'step-after' }),
      Plot.lineY(points, {
        x: 'at',
        y: 'copied',
        stroke: COPY,
        strokeWidth: 2,
        strokeDasharray: '5 3',
        curve: 'step-after'
      }),
      Plot.dot(points, {
        x: 'at',
        y: 'differing',
        fill: BAD,
        r: 2.5,
        filter: ({ differing }: { differing: number }) => differing > 0
      }),
      Plot.ruleY([0], { stroke: FAINT })
    ]
  }))
}

/** For each endpoint the median and the 99th percentile of both versions, joined by a line. */
export function endpointPlot(verdicts: readonly Verdict[]): Markup {
  const rows = verdicts.flatMap(({ endpoint, latency, findings }) =>
    latency
      ? (['p50', 'p99'] as const).map((name) => ({
          endpoint,
          name,
          live: Math.max(0.5, latency.live[name]),
          copy: Math.max(0.5, latency.copy[name]),
          differs: findings.some(({ metric }) => metric === name)
        }))
      : []
  )
  const longest = rows.reduce((most, { endpoint }) => Math.max(most, endpoint.length), 0)
  return drawPlot('Median and 99th percentile of the latency of each endpoint, of both versions', (width) => ({
    height: 60 + 34 * new Set(rows.map(({ endpoint }) => endpoint)).size,
    marginLeft: Math.min(width * 0.42, 12 + 6.4 * longest),
    marginRight: 28,
    marginTop: 34,
    insetLeft: 18,
    x: { type: 'log', label: 'ms', grid: true, axis: 'top', ticks: ticksWithin(rows, width), tickFormat: String },
    y: {
      type: 'band',
      domain: verdicts.map(({ endpoint }) => endpoint),
      label: null,
      tickSize: 0,
      tickFormat: clip(width)
    },
    marks: [
      Plot.link(rows, {
        x1: 'live',
        x2: 'copy',
        y: 'endpoint',
        strokeWidth: 3,
        stroke: ({ differs }: { differs: boolean }) => (differs ? BAD : FAINT)
      }),
      Plot.dot(rows, { x: 'live', y: 'endpoint', r: 5, stroke: LIVE, strokeWidth: 2, fill: 'var(--surface)' }),
      Plot.dot(rows, { x: 'copy', y: 'endpoint', r: 4, fill: COPY }),
      Plot.text(rows, { x: 'live', y: 'endpoint', text: 'name', dy: -12, fill: 'currentColor', fontSize: 10 })
    ]
  }))
}

/** 1, 2 and 5, or in a narrow window the powers of ten alone. */
function ticksWithin(rows: readonly { live: number; copy: number }[], width: number): number[] {
  const values = rows.flatMap(({ live, copy }) => [live, copy])
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const steps = width > 500 ? [1, 2, 5] : [1]
  return [0.1, 1, 10, 100, 1000, 10_000, 100_000]
    .flatMap((power) => steps.map((step) => step * power))
    .filter((tick) => tick >= least && tick <= most)
}

/** How often a copy's body was how many bytes longer or shorter. */
export function sizePlot({ endpoint, samples }: Verdict): Markup {
  const bars = countDifferences(samples.filter(isSized).map(({ liveBytes, copyBytes }) => copyBytes - liveBytes))
  return drawPlot(
    `How many bytes the copies of ${endpoint} were longer than the live responses`,
    () => ({
      height: 160,
      marginLeft: 52,
      x: { label: null, nice: true, ticks: 5 },
      y: { label: 'matches', grid: true, ticks: 4 },
      marks: [
        Plot.rectY(bars, { x1: 'from', x2: 'to', y: 'pairs', fill: COPY }),
        Plot.ruleX([0], { stroke: LIVE, strokeWidth: 2 }),
        Plot.ruleY([0], { stroke: FAINT })
      ]
    }),
    [340]
  )
}

/** Bars of whole bytes, so that one of a single value is as wide as any other. */
function countDifferences(differences: readonly number[]): { from: number; to: number; pairs: number }[] {
  const [least, most] = differences.reduce(([low, high], one) => [Math.min(low, one), Math.max(high, one)], [0, 0])
  const step = Math.max(1, Math.ceil((most - least) / BARS))
  const counts = new Map<number, number>()
  for (const one of differences) counts.set(Math.round(one / step), (counts.get(Math.round(one / step)) ?? 0) + 1)
  return Array.from(counts, ([bar, pairs]) => ({ from: (bar - 0.45) * step, to: (bar + 0.45) * step, pairs }))
}

const BARS = 30

function clip(width: number): (text: string) => string {
  const most = Math.floor((width * 0.42 - 12) / 6.4)
  return (text) => (text.length > most ? `${text.slice(0, most - 1)}…` : text)
}

/** `label`: for screen readers. The page shows the width that fits. */
function drawPlot(label: string, options: (width: number) => Plot.PlotOptions, widths = [1040, 340]): Markup {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const drawings = widths.map((width, index) => {
    const svg = Plot.plot({ document, width, style: { fontSize: '12px' }, ariaLabel: label, ...options(width) })
    svg.setAttribute('role', 'img')
    // An image has one name: ARIA forbids Plot's labels of the groups in it.
    for (const group of svg.querySelectorAll('g')) group.removeAttribute('aria-label')
    const shown = widths.length === 1 ? 'always' : index === 0 ? 'wide' : 'narrow'
    return `<div class="${shown}">${svg.outerHTML}</div>`
  })
  return raw(drawings.join(''))
}

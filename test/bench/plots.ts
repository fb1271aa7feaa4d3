// One plot of a part's figures as an SVG file: a bar a system, or a line over a size. Knows no part.
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { medianOf, type Findings, type Measure, type Part, type PlotOfPart } from './part.ts'

const WIDTH = 720
const OURS = '#2563eb'
const PEER = '#94a3b8'

/** White behind it: it is shown on pages of either theme. */
const STYLE = { background: 'white', color: '#111', fontSize: '12px' }

export function drawPlot({ measures }: Part, plot: PlotOfPart, findings: Findings): string {
  const measure = measures.find(({ key }) => key === plot.measure)
  if (measure === undefined) throw new Error(`${plot.measure} is no measure of this part`)
  const options = plot.x === undefined ? bars(measure, findings) : line(measure, plot.x, findings)
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const svg = Plot.plot({ document, width: WIDTH, style: STYLE, ariaLabel: plot.title, ...options })
  svg.setAttribute('role', 'img')
  return `${svg.outerHTML}\n`
}

function bars({ key, unit, digits }: Measure, { rows }: Findings): Plot.PlotOptions {
  const data = rows.flatMap((row) => {
    const value = medianOf(row, key)
    return value === undefined ? [] : [{ label: row.label, value, ours: row.name === 'ours' }]
  })
  return {
    marginLeft: 190,
    marginRight: 60,
    x: { label: unit, grid: true },
    y: { label: null, domain: data.map(({ label }) => label) },
    marks: [
      Plot.barX(data, { x: 'value', y: 'label', fill: ({ ours }: { ours: boolean }) => (ours ? OURS : PEER) }),
      Plot.text(data, {
        x: 'value',
        y: 'label',
        text: ({ value }: { value: number }) => value.toFixed(digits),
        textAnchor: 'start',
        dx: 4
      }),
      Plot.ruleX([0])
    ]
  }
}

function line({ key, unit }: Measure, x: string, { rows }: Findings): Plot.PlotOptions {
  const data = rows.flatMap((row) => {
    const value = medianOf(row, key)
    return value === undefined || row.x === undefined ? [] : [{ x: row.x, value }]
  })
  return {
    marginLeft: 60,
    x: { label: x, grid: true },
    y: { label: unit, grid: true, zero: true },
    marks: [
      Plot.line(data, { x: 'x', y: 'value', stroke: OURS }),
      Plot.dot(data, { x: 'x', y: 'value', fill: OURS }),
      Plot.ruleY([0])
    ]
  }
}

// Draws a plot as SVG without a browser, for wide and narrow windows. Knows no run.
import * as Plot from '@observablehq/plot'
import { raw } from 'hono/html'
import { parseHTML } from 'linkedom'

/** Escaped already. */
export type Markup = ReturnType<typeof raw>

/** The page's colours, which dark mode changes; never the only sign. */
export const LIVE = 'var(--live)'
export const COPY = 'var(--copy)'
export const BAD = 'var(--bad)'
export const FAINT = 'var(--faint)'

/** `label`: for screen readers. The page shows the width that fits. */
export function drawPlot(label: string, options: (width: number) => Plot.PlotOptions, widths = [1040, 340]): Markup {
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

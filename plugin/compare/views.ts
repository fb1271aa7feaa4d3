// Shows a run during and after it: as a table, as mismatches, or as NDJSON.
import { once } from 'node:events'
import type { Io, Output } from '../io/io.ts'
import type { FORMATS } from './flags.ts'
import type { View } from './observe.ts'
import { mismatchLine, pairJson, summaryJson } from './report/ndjson.ts'
import type { Run } from './statistics/run.ts'
import type { Summary } from './statistics/summary.ts'
import { sizeOf, type Screen } from './report/screen.ts'
import type { Paint } from '../io/colour.ts'
import { renderTable } from './report/table.ts'

export interface WholeView extends View {
  finish(summary: Summary): void
}

export type Format = (typeof FORMATS)[number]

/** `summarise` is called for each painting of the table. */
export function makeView(
  format: Format,
  io: Io,
  screen: Screen,
  paint: Paint,
  summarise: (run: Run) => Summary
): WholeView {
  switch (format) {
    case 'matches':
      return { ...lines(io, mismatchLine), finish: (summary) => end(io.stderr, renderTable(summary, { paint: plain })) }
    case 'json':
      return { ...lines(io, pairJson), finish: (summary) => end(io.stdout, summaryJson(summary)) }
    case 'table':
      if (io.stdout.isTTY) return liveTable(io, screen, paint, summarise)
      return { ...SILENT, finish: (summary) => end(io.stdout, renderTable(summary, { paint })) }
    default:
      return format satisfies never
  }
}

function plain(_: unknown, text: string): string {
  return text
}

function end(output: Output, text: string): void {
  output.write(`${text}\n`)
}

const SILENT: View = { show: () => undefined, refresh: () => {} }

function lines(io: Io, format: typeof mismatchLine): View {
  return {
    ...SILENT,
    show: async (counted) => {
      const text = counted.flatMap((one) => format(one) ?? []).join('\n')
      if (text === '' || io.stdout.write(`${text}\n`)) return
      // A reader that is gone or stalled must not keep the run from ending.
      await once(io.stdout, 'drain', { signal: io.signal }).catch(() => {})
    }
  }
}

/** Paints once a second, or less often if judging takes more than a tenth of that. */
function liveTable(io: Io, screen: Screen, paint: Paint, summarise: (run: Run) => Summary): WholeView {
  let next = 0
  return {
    ...SILENT,
    refresh: (run) => {
      const begun = performance.now()
      if (begun < next) return
      const { columns: width, rows: height } = sizeOf(io.stdout)
      screen.paint(renderTable(summarise(run), { width, height, isFinal: false, paint }), false)
      next = begun + Math.max(1000, 10 * (performance.now() - begun))
    },
    finish: (summary) => {
      const { columns: width } = sizeOf(io.stdout)
      screen.paint(renderTable(summary, { width, paint }), true)
    }
  }
}

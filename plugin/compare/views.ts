// Shows a run during and after it: as a table, as mismatches, or as NDJSON.
import { once } from 'node:events'
import type { Io } from '../io/io.ts'
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
      return lines(io, (summary) => void io.stderr.write(`${renderTable(summary, { paint: plain })}\n`), mismatchLine)
    case 'json':
      return lines(io, (summary) => void io.stdout.write(`${summaryJson(summary)}\n`), pairJson)
    case 'table':
      return io.stdout.isTTY ? liveTable(io, screen, paint, summarise) : finalTable(io, paint)
    default:
      return format satisfies never
  }
}

function plain(_: unknown, text: string): string {
  return text
}

function lines(io: Io, finish: (summary: Summary) => void, format: typeof mismatchLine): WholeView {
  return {
    show: async (counted) => {
      const text = counted.flatMap((one) => format(one) ?? []).join('\n')
      if (text === '' || io.stdout.write(`${text}\n`)) return
      // A reader that is gone or stalled must not keep the run from ending.
      await once(io.stdout, 'drain', { signal: io.signal }).catch(() => {})
    },
    refresh: () => {},
    finish
  }
}

function finalTable(io: Io, paint: Paint): WholeView {
  return {
    show: () => undefined,
    refresh: () => {},
    finish: (summary) => void io.stdout.write(`${renderTable(summary, { paint })}\n`)
  }
}

/** Paints once a second, or less often if judging takes more than a tenth of that. */
function liveTable(io: Io, screen: Screen, paint: Paint, summarise: (run: Run) => Summary): WholeView {
  let next = 0
  return {
    show: () => undefined,
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

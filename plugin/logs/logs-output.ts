// Turns the options of `logs` into output: filter, format or split view. Knows no cluster.
import { paint, wantsColour } from '../io/colour.ts'
import { UserError } from '../io/errors.ts'
import { ByteOutput } from './byte-output.ts'
import { makeFilter, makePrint, makeTextOf, type Print } from './format.ts'
import { Merge, REAL_TIME } from '../follow/merge.ts'
import type { Origin } from '../follow/origin.ts'
import { makeHighlight } from './pattern.ts'
import type { SplitView } from './split-view.ts'
import { makeTimeFormat } from './time-zone.ts'
import type { Io } from '../io/io.ts'
import type { LogsOptions } from './logs-options.ts'

export interface LogsOutput {
  readonly merge: Merge<Origin>
  /** Prints what still waits. Call it when the merge is drained. */
  finish(): Promise<void> | undefined
}

const REVERSE = 7

export async function makeOutput(options: LogsOptions, { stdout, env }: Io): Promise<LogsOutput> {
  const output = new ByteOutput(stdout)
  const isColoured = wantsColour(options.colour, stdout, env)
  const { highlight: patterns, timeZone, template } = options
  const marked = patterns.length > 0 && isColoured
  const format = {
    format: options.format,
    ...(template && { template }),
    hasTimestamps: options.hasTimestamps,
    ...(timeZone && { formatTime: makeTimeFormat(timeZone) }),
    isColoured,
    isGuarded: stdout.isTTY === true,
    ...(marked && { highlight: makeHighlight(patterns, (text) => paint(REVERSE, text)) })
  }
  const split = options.view === 'split' ? await makeSplit() : undefined
  const print = split?.print ?? makePrint(output, format)
  const isWanted = makeFilter(options.include, options.exclude)
  return {
    merge: new Merge<Origin>({
      emit: (origin, line) => {
        if (isWanted(line)) print(origin, line)
      },
      flush: () => output.flush(),
      ...REAL_TIME
    }),
    finish: () => {
      split?.view.finish()
      return output.flush()
    }
  }

  async function makeSplit(): Promise<{ readonly view: SplitView; readonly print: Print }> {
    // Imported late: the tables of character widths cost more than the rest of the start.
    const { LEAST_COLUMNS, SplitView } = await import('./split-view.ts')
    const columns = () => stdout.columns ?? LEAST_COLUMNS
    if (!stdout.isTTY || columns() < LEAST_COLUMNS) {
      const found = stdout.isTTY ? `this one has ${columns()}` : 'the output is not a terminal'
      throw new UserError(`--view=split needs a terminal of at least ${LEAST_COLUMNS} columns; ${found}`)
    }
    const { highlight } = format
    const view = new SplitView({
      write: (text) => output.text(text),
      shown: () => void output.flush(),
      columns,
      isColoured,
      ...(highlight && { highlight }),
      later: REAL_TIME.later
    })
    const textOf = makeTextOf(format)
    return { view, print: (origin, line) => view.add(origin, textOf(line)) }
  }
}

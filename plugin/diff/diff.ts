// `kubectl mirror diff`: compares whole responses of both versions, which the sidecars' tap filter shows.
import { runComparison, watch } from '../compare/run-comparison.ts'
import type { Io } from '../io/io.ts'
import type { DiffFlags } from './flags.ts'
import { parseDiffFlags } from './diff-options.ts'
import { withTapSession } from './tap-session.ts'

export async function diff(name: string, flags: DiffFlags, io: Io): Promise<number> {
  const { run, responses } = parseDiffFlags(flags)
  return runComparison(name, flags, run, io, (stage) => {
    const { cluster, comparison, screen } = stage
    const say = (text: string): void => screen.say(text)
    return withTapSession({ cluster, comparison, options: responses, say, io }, (source, fields) =>
      watch(stage, source, fields)
    )
  })
}

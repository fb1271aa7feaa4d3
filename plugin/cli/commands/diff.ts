// `kubectl mirror diff`: its flags and help.
import { Command } from 'commander'
import type { Run } from '../cli.ts'
import { EXIT_CODES, NAME, outputOptions, stopOptions } from './run-flags.ts'

export function command(run: Run): Command {
  const diff = new Command('diff')
    .description("Compare both versions' whole responses: status, headers and bodies")
    .argument('<name>', NAME)
    .option('--baseline', 'send a second copy to the live version, to tell noise from differences')
    .option('--ignore <path...>', "ignore this field, for example '$.generated_at'; may be repeated")
    .option('--ignore-header <name...>', 'ignore this header; may be repeated')
    .option('--redact <path...>', 'never show this field, header or query parameter; may be repeated')
    .option('--examples', 'put examples of responses into files and JSON')
    .option('--sample <fraction>', 'compare only this share of the requests, for example 1/16')
    .option('--methods <list...>', 'compare only these methods, for example GET,HEAD')
    .option('--path <glob...>', "compare only these paths, for example '/api/*'; may be repeated")
    .option('--max-body <size>', 'compare longer bodies only by size and hash (default 64Ki)')
  for (const option of [...stopOptions(), ...outputOptions()]) diff.addOption(option)
  return diff
    .addHelpText('after', EXPLANATION)
    .action((name: string, _: unknown, self: Command) =>
      run(async (io) => (await import('../../diff/diff.ts')).diff(name, self.optsWithGlobals(), io))
    )
}

const EXPLANATION = `
An EnvoyFilter opens the tap filter of both versions' sidecars. It is removed when the run ends.

Conditions of --fail-on: field (%), status (%), missing (%), size (% or B), and without --baseline
p50, p95, p99 (% or ms). A difference that may be noise does not fail a build.

${EXIT_CODES}`

// `kubectl mirror compare`: its flags and help.
import { Command } from 'commander'
import type { Run } from '../cli.ts'
import { EXIT_CODES, NAME, outputOptions, stopOptions } from './run-flags.ts'

export function command(run: Run): Command {
  const compare = new Command('compare')
    .description('Pair each request with its copy in access logs, and say what differs beyond noise')
    .argument('<name>', NAME)
  for (const option of stopOptions()) compare.addOption(option)
  compare
    .option('--since <duration>', 'begin with requests logged before; with --for=0s end with them')
    .option('--access-logs', "turn the sidecars' access logs on for this run")
  for (const option of outputOptions()) compare.addOption(option)
  return compare
    .addHelpText('after', EXPLANATION)
    .action((name: string, _: unknown, self: Command) =>
      run(async (io) => (await import('../../compare/compare.ts')).compare(name, self.optsWithGlobals(), io))
    )
}

const EXPLANATION = `
Conditions of --fail-on: status (%), missing (%), size (% or B), p50, p95, p99 (% or ms). A
difference that may be noise does not fail a build.

${EXIT_CODES}

To compare headers and bodies, use "kubectl mirror diff".`

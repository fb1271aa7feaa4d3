// `kubectl mirror compare`: its flags and help.
import { Command } from 'commander'
import type { Run } from '../cli.ts'
import { outputOption } from './flags.ts'

export function command(run: Run): Command {
  return new Command('compare')
    .description('Pair each request with its copy, and say what differs beyond noise')
    .argument('<name>', 'a VirtualService (NAME or vs/NAME), or a host that exactly one of them serves')
    .option('--to <version>', 'which mirror to compare, where there are several')
    .option('--for <duration>', 'end after this time, for example 60s; without it, Ctrl-C ends')
    .option('--requests <number>', 'end after so many live requests')
    .option('--since <duration>', 'begin with what was logged before; with --for=0s end with it too')
    .addOption(
      outputOption('table; pairs (those that differ, as they come); json (NDJSON: each pair, then the summary)')
    )
    .option('--fail-on <conditions>', "exit with 2 if one holds: 'status>0.1%,p99>20%,missing>1%'")
    .option('--html <file>', 'then write a report: one page that needs nothing else')
    .option('--junit <file>', 'then write what became of --fail-on, as JUnit XML')
    .option('--access-logs', "switch the sidecars' access logs on for this run, where they are off")
    .option('--bodies', "compare whole answers, by the sidecars' tap: headers, and bodies by what they mean")
    .option('--baseline', 'with --bodies: copy to the live version too, and take for noise what it answers otherwise')
    .option('--ignore <path...>', "with --bodies: leave this field out, for example '$.generated_at'; may be repeated")
    .option('--ignore-header <name...>', 'with --bodies: leave this header out; may be repeated')
    .option('--redact <path...>', 'with --bodies: never show this field, header or query parameter; may be repeated')
    .option('--sample <fraction>', 'with --bodies: only so many of the requests, the same of both versions (1/16)')
    .option('--max-body <size>', 'with --bodies: how much of a body is compared by what it means (default 64Ki)')
    .option('--methods <list...>', 'with --bodies: only these methods (GET,HEAD)')
    .option('--path <glob...>', "with --bodies: only these paths, for example '/api/*'; may be repeated")
    .option('--examples', 'with --bodies: put examples of answers into the files and JSON that are written')
    .addHelpText('after', EXPLANATION)
    .action((name: string, _: unknown, self: Command) =>
      run(async (io) => (await import('../../compare/compare.ts')).compare(name, self.optsWithGlobals(), io))
    )
}

const EXPLANATION = `
Conditions of --fail-on: status (%), p50, p95, p99 (% or ms), size (% or B), missing (%), field (%, with --bodies). They are judged for each endpoint,
and hold only beyond noise: what so few requests cannot show does not fail a build.

Exit codes: 0 passed, or nothing to fail on; 2 a condition holds; 3 a condition had nothing to measure, as where lines of the
access logs could not be read or the run ended before its limit; 1 any other error.`

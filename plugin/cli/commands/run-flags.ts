// The flags and texts that `compare` and `diff` share.
import { Option } from 'commander'
import { outputOption } from './flags.ts'

export const NAME = 'a VirtualService (NAME or vs/NAME), or a host that exactly one of them serves'

/** What is compared, and when the run ends. */
export function stopOptions(): Option[] {
  return [
    new Option('--to <version>', 'the mirror to compare, if there are several'),
    new Option('--for <duration>', 'end after this time, for example 60s (default: on Ctrl-C)'),
    new Option('--requests <number>', 'end after this many live requests')
  ]
}

export function outputOptions(): Option[] {
  return [
    new Option('--fail-on <conditions>', "exit with 2 if one holds, for example 'status>0.1%,missing>1%'"),
    new Option('--html <file>', 'write a report: one self-contained page'),
    new Option('--junit <file>', 'write the results of --fail-on as JUnit XML'),
    outputOption('table, pairs (those that differ) or json (one object a line)')
  ]
}

export const EXIT_CODES = `Exit codes: 0 passed, or no conditions; 2 a condition holds; 3 no data to evaluate a condition, or
the run ended before its limit; 1 any other error.`

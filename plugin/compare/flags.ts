// The flags of `compare`, and those that `diff` shares with it.
import { flags, on, text, type FlagsOf } from '../io/flags.ts'
import { output } from '../io/kubectl-flags.ts'
import type { GlobalFlags } from '../kubeconfig/global-flags.ts'

export const FORMATS = ['table', 'matches', 'json'] as const

/** What is compared, and when the run ends. */
export const STOP_FLAGS = flags(
  text('--to <version>', 'the mirror to compare, if there are several', 'subsets'),
  text('--for <duration>', 'end after this time, for example 60s (default: on Ctrl-C)', ['60s', '10m', '1h']),
  text('--requests <number>', 'end after this many live requests')
)

export const REPORT_FLAGS = flags(
  text('--fail-on <conditions>', "exit with 2 if one holds, for example 'status>0.1%,missing>1%'"),
  text('--html <file>', 'write a report: one self-contained page', 'files'),
  text('--junit <file>', 'write the results of --fail-on as JUnit XML', 'files'),
  output(FORMATS, { matches: ' (those that differ)', json: ' (one object a line)' })
)

export type RunFlags = GlobalFlags & FlagsOf<typeof STOP_FLAGS> & FlagsOf<typeof REPORT_FLAGS>

export const COMPARE_FLAGS = flags(
  ...STOP_FLAGS,
  text('--since <duration>', 'begin with requests of this last time; with --for=0s compare only those'),
  text('--sample <fraction>', 'compare only this share of the requests, for example 1/10', ['1/2', '1/10', '1/100']),
  on('--access-logs', "turn the sidecars' access logs on for this run"),
  ...REPORT_FLAGS
)

export type CompareFlags = GlobalFlags & FlagsOf<typeof COMPARE_FLAGS>

// The flags of `diff`.
import { REPORT_FLAGS, STOP_FLAGS } from '../compare/flags.ts'
import { flags, list, on, text, type FlagsOf } from '../io/flags.ts'
import { method } from '../io/kubectl-flags.ts'
import type { GlobalFlags } from '../kubeconfig/global-flags.ts'

export const DIFF_FLAGS = flags(
  on('--baseline', 'send a second copy to the live version, to tell noise from differences'),
  list('--ignore <path...>', "ignore this field, for example '$.generated_at'; may be repeated"),
  list('--ignore-header <name...>', 'ignore this header; may be repeated'),
  list('--redact <path...>', 'never show this field, header or query parameter; may be repeated'),
  on('--examples', 'put examples of responses into files and JSON'),
  text('--sample <fraction>', 'compare only this share of the requests, for example 1/16', ['1/2', '1/4', '1/16']),
  method('compare only requests with this method'),
  list('--path <glob...>', "compare only these paths, for example '/api/*'; may be repeated"),
  text('--max-body <size>', 'compare longer bodies only by size and hash (default 64Ki)'),
  ...STOP_FLAGS,
  ...REPORT_FLAGS
)

export type DiffFlags = GlobalFlags & FlagsOf<typeof DIFF_FLAGS>

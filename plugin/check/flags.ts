// The flags of `check`.
import { flags, text, type FlagsOf } from '../io/flags.ts'
import { output } from '../io/kubectl-flags.ts'
import type { GlobalFlags } from '../kubeconfig/global-flags.ts'

export const FORMATS = ['json', 'yaml', 'jsonpath'] as const

export const CHECK_FLAGS = flags(
  text('--probe <pod>', 'send a marked request from this pod (or deploy/NAME), and find it in both versions', 'pods'),
  text('--container <name>', 'container of that pod to send it from (default: the first)'),
  text('--path <path>', 'path of the marked request (default: what the first mirrored rule matches)'),
  output(FORMATS)
)

export type CheckFlags = GlobalFlags & FlagsOf<typeof CHECK_FLAGS>

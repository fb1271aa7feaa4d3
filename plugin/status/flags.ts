// The flags of `status`.
import { flags, onByDefault, on, text, type FlagsOf } from '../io/flags.ts'
import { output } from '../io/kubectl-flags.ts'
import type { GlobalFlags } from '../kubeconfig/global-flags.ts'

export const FORMATS = ['wide', 'json', 'yaml', 'name', 'jsonpath'] as const

export const STATUS_FLAGS = flags(
  on('-A, --all-namespaces', 'of the whole cluster'),
  text('-l, --selector <labels>', 'only VirtualServices with these labels, for example team=web'),
  output(FORMATS),
  on('-w, --watch', 'then follow the changes'),
  onByDefault('--no-headers', 'print no header')
)

export type StatusFlags = GlobalFlags & FlagsOf<typeof STATUS_FLAGS>

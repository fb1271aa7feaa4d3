// The flags of `render`.
import { flags, list, on, type FlagsOf } from '../io/flags.ts'
import { output } from '../io/kubectl-flags.ts'

export const FORMATS = ['yaml', 'json'] as const

export const RENDER_FLAGS = flags(
  list('-f, --filename <path...>', 'file or directory with manifests, or - for standard input; repeatable', 'files'),
  on('-R, --recursive', 'read the directories in a directory, too'),
  output(FORMATS)
)

export type RenderFlags = FlagsOf<typeof RENDER_FLAGS>

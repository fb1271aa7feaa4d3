// The flags of `logs`.
import { WHEN } from '../io/colour.ts'
import { flags, list, onByDefault, on, text, textOr, type FlagsOf } from '../io/flags.ts'
import type { GlobalFlags } from '../kubeconfig/global-flags.ts'

export const FORMATS = ['default', 'raw', 'json'] as const
export const VIEWS = ['interleaved', 'split'] as const
export type LogsFormat = (typeof FORMATS)[number]

export const LOGS_FLAGS = flags(
  text('-c, --container <regex>', 'only these containers (default: no init containers, no Istio)'),
  list('-E, --exclude-container <regex...>', 'not these containers; may be repeated'),
  list('-i, --include <regex...>', 'only lines that match one of these; may be repeated'),
  list('-e, --exclude <regex...>', 'no lines that match one of these; may be repeated'),
  list('-H, --highlight <regex...>', 'mark what matches; may be repeated'),
  text('--since <duration>', 'begin with lines of this last time, for example 30s or 15m'),
  text('--since-time <time>', 'begin with lines from this time on (RFC 3339)'),
  textOr('--tail <lines>', '-1', 'begin with this many last lines; -1 means all'),
  onByDefault('-f, --follow', 'continue with new lines'),
  onByDefault('--no-follow', 'stop when every line that is there now has been printed'),
  on('-t, --timestamps', 'print when each line was written'),
  text('--timezone <name>', 'print times in this zone, for example Europe/Paris, or Local'),
  textOr('-o, --output <format>', 'default', 'default, raw (the lines alone) or json', FORMATS),
  text('--template <template>', 'print lines by this template (see below)'),
  textOr('--max-log-requests <number>', '50', 'read this many logs at once; others wait'),
  textOr('--color <when>', 'auto', 'auto, always or never', WHEN),
  on('--only-log-lines', 'no notices of logs that begin and end'),
  textOr('--view <view>', 'interleaved', 'interleaved, or split: side by side', VIEWS)
)

export type LogsFlags = GlobalFlags & FlagsOf<typeof LOGS_FLAGS>

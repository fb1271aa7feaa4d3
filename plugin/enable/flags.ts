// The flags of `enable` and `disable`.
import type { GlobalFlags } from '../kubeconfig/global-flags.ts'
import { flags, list, on, optional, text, textOr, type FlagsOf } from '../io/flags.ts'
import { dryRun, fieldManager, method, output } from '../io/kubectl-flags.ts'

/** What `--create` makes; the first without a value. */
export const CREATE = ['virtualservice', 'httproute'] as const

export const FORMATS = ['json', 'yaml', 'name', 'jsonpath'] as const

const ANNOTATION_FLAGS = flags(
  list('--to <target...>', 'where copies go: [HOST[:PORT]/]SUBSET[=PERCENT] or a Service; repeatable', 'subsets'),
  text('--percent <number>', 'share of requests to copy (default 100)', ['1', '5', '10', '25', '50', '100']),
  list('--from <subset...>', 'copy only from rules that route to this subset; may be repeated', 'subsets'),
  list('--route <name...>', 'copy only from the HTTP rule of this name; may be repeated', 'routes'),
  method('copy only requests with this method'),
  list('--header <condition...>', 'copy only requests with this header: NAME=VALUE or NAME~REGEX'),
  text('--max-body <size>', 'copy only requests that declare no longer body', ['64Ki', '256Ki', '1Mi', '10Mi']),
  text('--limit <number>', 'most open copies from each caller to each target', ['16', '64', '256']),
  text('--for <duration>', 'end the mirror after this time, for example 30m or 2h', ['10m', '30m', '1h', '8h']),
  text('--until <time>', 'end the mirror at this time, for example 2030-01-31T18:00:00Z')
)

export type AnnotationFlags = FlagsOf<typeof ANNOTATION_FLAGS>

export const ENABLE_FLAGS = flags(
  ...ANNOTATION_FLAGS,
  optional('--create [kind]', 'make the rules of a Service: virtualservice (default) or httproute', CREATE),
  on('--direct', 'without the webhook: let the plugin edit the VirtualService itself'),
  on('--force', 'continue although Flagger or Argo Rollouts manages the VirtualService'),
  on('--force-conflicts', 'take over annotations that another field manager owns'),
  on('--replace', 'continue although more would be copied than now'),
  on('--wait', 'wait until a pod of each target is ready'),
  textOr('--timeout <duration>', '5m', 'longest time to wait'),
  dryRun,
  fieldManager,
  output(FORMATS)
)

export type EnableFlags = GlobalFlags & FlagsOf<typeof ENABLE_FLAGS>

export const DISABLE_FLAGS = flags(
  on('--all', 'every mirrored VirtualService of the namespace'),
  on('-A, --all-namespaces', 'every mirrored VirtualService of the cluster'),
  text('-l, --selector <labels>', 'every mirrored VirtualService with these labels, for example team=web'),
  on('--created', 'also delete what enable --create made'),
  dryRun,
  fieldManager,
  output(FORMATS)
)

export type DisableFlags = GlobalFlags & FlagsOf<typeof DISABLE_FLAGS>

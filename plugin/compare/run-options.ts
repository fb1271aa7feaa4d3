// The flags that `compare` and `diff` share, read once. Every mistake is reported at once. Knows no cluster.
import { readDuration, type Mistakes } from '../io/flag-values.ts'
import { FORMATS, type RunFlags } from './flags.ts'
import { checkFormat } from '../io/output.ts'
import { parseGates, type Gate, type Unmeasurable } from './statistics/gate.ts'
import type { Limits } from './observe.ts'
import type { Format } from './views.ts'

export interface RunOptions {
  /** `text`: as flags, `--for 10m`; empty: no limit. */
  readonly limits: Limits & { readonly text: string }
  readonly format: Format
  readonly gates: readonly Gate[]
}

/** `unmeasurable`: conditions that the command cannot evaluate. */
export function parseRunFlags(flags: RunFlags, mistakes: Mistakes, unmeasurable?: Unmeasurable): RunOptions {
  mistakes.attempt(() => checkFormat(flags.output, FORMATS))
  const lasts = mistakes.attempt(() => (flags.for === undefined ? undefined : readDuration(flags.for, '--for')))
  const gates = mistakes.attempt(() => (flags.failOn === undefined ? [] : parseGates(flags.failOn, unmeasurable)))
  const requests = flags.requests === undefined ? undefined : Number(flags.requests)
  if (requests !== undefined && !(Number.isInteger(requests) && requests > 0)) {
    mistakes.add(`--requests: ${JSON.stringify(flags.requests)} is not a number of requests, 1 or more`)
  }
  if (flags.junit !== undefined && flags.failOn === undefined) {
    mistakes.add('--junit: there is nothing to report without --fail-on')
  }
  return {
    limits: {
      // What is already logged has no limit but its end.
      text: [
        ...(flags.for === undefined || lasts === 0 ? [] : [`--for ${flags.for}`]),
        ...(flags.requests === undefined ? [] : [`--requests ${flags.requests}`])
      ].join(' '),
      ...(lasts !== undefined && { lasts }),
      ...(requests !== undefined && { requests })
    },
    format: (flags.output ?? 'table') as Format,
    gates: gates ?? []
  }
}

// The flags of `compare`, read once: every mistake at once. Knows no cluster.
import { readDuration } from '../io/duration.ts'
import { UserError } from '../io/errors.ts'
import type { GlobalFlags } from '../kubeconfig/global-flags.ts'
import { checkFormat } from '../io/output.ts'
import { parseBodyFlags, type BodyFlags, type BodyOptions } from './body-options.ts'
import { hopeless, parseGates, type Gate } from './statistics/gate.ts'
import type { Limits } from './observe.ts'
import { FORMATS, type Format } from './views.ts'

export interface CompareFlags extends GlobalFlags, BodyFlags {
  readonly to?: string
  readonly for?: string
  readonly requests?: string
  readonly since?: string
  readonly output?: string
  readonly failOn?: string
  readonly html?: string
  readonly junit?: string
  readonly accessLogs?: boolean
}

export interface Options {
  /** `text`: as flags, `--for 10m`; empty where there is none. */
  readonly limits: Limits & { readonly text: string }
  readonly format: Format
  readonly gates: readonly Gate[]
  /** Undefined: access logs are enough. */
  readonly bodies: BodyOptions | undefined
}

/** Every mistake in the flags is named, before anything is done. */
export function parseFlags(flags: CompareFlags): Options {
  const problems: string[] = []
  const attempt = <T>(parse: () => T): T | undefined => {
    try {
      return parse()
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      problems.push(...error.messages)
      return undefined
    }
  }
  attempt(() => checkFormat(flags.output, FORMATS))
  const lasts = attempt(() => (flags.for === undefined ? undefined : readDuration(flags.for, '--for')))
  const since = attempt(() => (flags.since === undefined ? undefined : readDuration(flags.since, '--since')))
  const gates = attempt(() => (flags.failOn === undefined ? [] : parseGates(flags.failOn)))
  const requests = flags.requests === undefined ? undefined : Number(flags.requests)
  if (requests !== undefined && !(Number.isInteger(requests) && requests > 0)) {
    problems.push(`--requests: ${JSON.stringify(flags.requests)} is not a number of requests, 1 or more`)
  }
  const bodies = parseBodyFlags(flags, (problem) => problems.push(problem))
  problems.push(...hopeless(gates ?? [], bodies), ...needless(flags))
  if (lasts === 0 && since === undefined) problems.push('--for=0s compares nothing without --since')
  if (problems.length > 0) throw new UserError(problems)
  return {
    limits: {
      text: limitsText(flags),
      ...(lasts !== undefined && { lasts }),
      ...(requests !== undefined && { requests }),
      ...(since !== undefined && { sinceSeconds: since / 1000 })
    },
    format: (flags.output ?? 'table') as Format,
    gates: gates ?? [],
    bodies
  }
}

/** What was written down before has no limit but its end. */
function limitsText({ for: lasts, requests, since }: CompareFlags): string {
  const isPast = since !== undefined && lasts !== undefined && readDuration(lasts, '--for') === 0
  return [
    ...(lasts === undefined || isPast ? [] : [`--for ${lasts}`]),
    ...(requests === undefined ? [] : [`--requests ${requests}`])
  ].join(' ')
}

function needless({ junit, failOn }: CompareFlags): string[] {
  return junit !== undefined && failOn === undefined ? ['--junit has nothing to tell without --fail-on'] : []
}

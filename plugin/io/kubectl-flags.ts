// Flags that several commands have, with kubectl's names and words.
import { UserError } from './errors.ts'
import { list, optional, text, textOr, type Flag } from './flags.ts'

/** Never a name that begins with `kubectl`: Flux takes over the fields of those. */
export const FIELD_MANAGER = 'mirror-plugin'

export const fieldManager = textOr('--field-manager <name>', FIELD_MANAGER, 'field manager of the write')

const DRY_RUNS = ['none', 'server', 'client'] as const
export type DryRun = (typeof DRY_RUNS)[number]

/** Alone it is refused, as kubectl refuses it: the value must be typed. */
export const dryRun = optional('--dry-run [mode]', '"none", "server" or "client": say what would be done', DRY_RUNS)

/** `true`: the flag without a value, which kubectl no longer takes. */
export function parseDryRun(value: string | true = 'none'): DryRun {
  const found = DRY_RUNS.find((one) => one === value)
  if (found) return found
  throw new UserError(
    value === true
      ? '--dry-run flag without a value was specified. A value must be set: "none", "server", or "client".'
      : `Invalid dry-run value (${value}). Must be "none", "server", or "client".`
  )
}

export function dryRunSuffix(mode: DryRun): string {
  return { none: '', client: ' (dry run)', server: ' (server dry run)' }[mode]
}

export function method(description: string): Flag<'method', readonly string[], false> {
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
  return list('--method <method...>', `${description}; may be repeated`, methods)
}

/** `meanings`: what a format is, where its name does not say it. */
export function output(
  formats: readonly string[],
  meanings: Readonly<Record<string, string>> = {}
): Flag<'output', string, false> {
  const named = formats.map((one) => (one === 'jsonpath' ? 'jsonpath=TEMPLATE' : `${one}${meanings[one] ?? ''}`))
  const separator = named.some((one) => one.includes(',')) ? '; ' : ', '
  const choices = `${named.slice(0, -1).join(separator)} or ${named.at(-1)}`
  return text(
    '-o, --output <format>',
    `output format: ${choices}`,
    formats.map((one) => (one === 'jsonpath' ? 'jsonpath=' : one))
  )
}

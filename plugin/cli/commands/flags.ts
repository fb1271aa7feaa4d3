// Flags that several verbs have, with kubectl's names and words.
import { Option } from 'commander'

/** Never a name that begins with `kubectl`: Flux takes over the fields of those. */
const FIELD_MANAGER = 'mirror-plugin'

/** Alone it is refused, as kubectl refuses it: the value must be said. */
export function dryRunOption(): Option {
  return new Option('--dry-run [mode]', '"none", "server" or "client": say what would be done')
}

export function fieldManagerOption(): Option {
  return new Option('--field-manager <name>', 'name of the manager that owns the written fields').default(FIELD_MANAGER)
}

export function outputOption(formats: string): Option {
  return new Option('-o, --output <format>', `output format: ${formats}`)
}

// Turns what kubectl's users type (pflag's spellings) into what commander reads, and refuses flags in pflag's words.
import type { Command, Option } from 'commander'
import { UserError } from './errors.ts'

/**
 * `-n=foo`, `-nfoo`, `-n foo` -> `--namespace=foo`; `--follow=false` -> `--no-follow`, or nothing where that is the
 * default; a flag with an optional value takes it only after `=`. Flags first, then the positionals behind `--`.
 */
export function normalise(argv: readonly string[], program: Command): string[] {
  const verb = findVerb(argv, program)
  const command = program.commands.find((one) => one.name() === verb || one.aliases().includes(verb ?? ''))
  const options = [...program.options, ...(command?.options ?? [])]
  const usage = ['kubectl mirror', ...(command ? [command.name()] : [])].join(' ')
  const { flags, positionals } = split(argv, new Spellings(options, usage))
  if (command === undefined) return [...positionals.slice(0, 1), ...flags, '--', ...positionals.slice(1)]
  return [command.name(), ...flags, '--', ...positionals.slice(1)]
}

/** The first positional. Flags of any verb may come before it. */
function findVerb(argv: readonly string[], program: Command): string | undefined {
  const options = [...program.options, ...program.commands.flatMap((command) => command.options)]
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index]!
    if (argument === '--') return argv[index + 1]
    if (!argument.startsWith('-') || argument === '-') return argument
    const option = options.find(({ long, short }) => argument === long || argument === short)
    if (option?.required) index++
  }
  return undefined
}

function split(argv: readonly string[], spellings: Spellings): { flags: string[]; positionals: string[] } {
  const flags: string[] = []
  const positionals: string[] = []
  const rest = [...argv]
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '--') return { flags, positionals: [...positionals, ...rest] }
    if (argument.startsWith('--')) flags.push(...spellings.long(argument, rest))
    else if (argument.startsWith('-') && argument !== '-') flags.push(...spellings.short(argument, rest))
    else positionals.push(argument)
  }
  return { flags, positionals }
}

/** Reads one argument; takes a value from `rest` where the flag needs one. */
class Spellings {
  readonly #options: readonly Option[]
  readonly #usage: string

  constructor(options: readonly Option[], usage: string) {
    this.#options = options
    this.#usage = usage
  }

  long(argument: string, rest: string[]): string[] {
    const [name = '', ...parts] = argument.split('=')
    const value = parts.length > 0 ? parts.join('=') : undefined
    if (name === '--help') return ['--help']
    const option = this.#options.find(({ long }) => long === name)
    if (!option) throw this.#refuse(`unknown flag: ${name}`)
    if (value !== undefined) return this.#withValue(option, value, name)
    if (!option.required) return [name]
    const next = rest.shift()
    if (next === undefined) throw this.#refuse(`flag needs an argument: ${name}`)
    return [`${name}=${next}`]
  }

  /** `-Aojson` is `-A -o json`; what follows a flag that takes a value is its value. */
  short(argument: string, rest: string[]): string[] {
    const flags: string[] = []
    for (let letters = argument.slice(1); letters !== ''; letters = letters.slice(1)) {
      const letter = letters[0]!
      const tail = letters.slice(1)
      const option = this.#options.find(({ short }) => short === `-${letter}`)
      if (!option?.long && letter === 'h') return [...flags, '--help']
      if (!option?.long) throw this.#refuse(`unknown shorthand flag: '${letter}' in ${argument}`)
      if (tail.startsWith('='))
        return [...flags, ...this.#withValue(option, tail.slice(1), `-${letter}, ${option.long}`)]
      if (option.required) {
        const next = tail === '' ? rest.shift() : tail
        if (next === undefined) throw this.#refuse(`flag needs an argument: '${letter}' in ${argument}`)
        return [...flags, `${option.long}=${next}`]
      }
      flags.push(option.long)
    }
    return flags
  }

  #withValue(option: Option, value: string, spelled: string): string[] {
    if (option.required || option.optional) return [`${option.long}=${value}`]
    const wanted = TRUE.has(value)
    if (!wanted && !FALSE.has(value)) {
      const why = `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`
      throw this.#refuse(`invalid argument ${JSON.stringify(value)} for ${JSON.stringify(spelled)} flag: ${why}`)
    }
    if (wanted) return [option.long!]
    const opposite = option.negate ? option.long!.replace('--no-', '--') : option.long!.replace('--', '--no-')
    return this.#options.some(({ long }) => long === opposite) ? [opposite] : []
  }

  #refuse(why: string): UserError {
    return new UserError(`${why}\nSee '${this.#usage} --help' for usage.`)
  }
}

/** As Go's strconv.ParseBool has them. */
const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False'])

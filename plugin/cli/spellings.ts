// One flag as pflag lets it be spelt, turned into what commander reads, or refused in pflag's words. Knows no command.
import type { Option } from 'commander'
import { UserError } from '../io/errors.ts'

/** `usage`: what was typed before the flags. */
export class Spellings {
  readonly #options: readonly Option[]
  readonly #usage: string

  constructor(options: readonly Option[], usage: string) {
    this.#options = options
    this.#usage = usage
  }

  /** Takes a value from `rest` where the flag needs one. */
  read(argument: string, rest: string[]): string[] {
    return argument.startsWith('--') ? this.#long(argument, rest) : this.#short(argument, rest)
  }

  #long(argument: string, rest: string[]): string[] {
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

  /** `-Aojson` is `-A -o json`; what follows a flag that takes a value is its value, also a `=` with nothing behind it. */
  #short(argument: string, rest: string[]): string[] {
    const flags: string[] = []
    for (let letters = argument.slice(1); letters !== ''; letters = letters.slice(1)) {
      const letter = letters[0]!
      const tail = letters.slice(1)
      const option = this.#options.find(({ short }) => short === `-${letter}`)
      if (!option?.long && letter === 'h') return [...flags, '--help']
      if (!option?.long) throw this.#refuse(`unknown shorthand flag: '${letter}' in -${letters}`)
      if (tail.startsWith('=') && tail !== '=')
        return [...flags, ...this.#withValue(option, tail.slice(1), `-${letter}, ${option.long}`)]
      if (option.required) {
        const next = tail === '' ? rest.shift() : tail
        if (next === undefined) throw this.#refuse(`flag needs an argument: '${letter}' in -${letters}`)
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

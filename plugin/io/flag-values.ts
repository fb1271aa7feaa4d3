// Reads the values of flags, and collects the mistakes in them, to report all at once. Knows no flag.
import { parseDuration } from '../../mirror/time.ts'
import { UserError } from './errors.ts'

export class Mistakes {
  readonly #found: string[] = []

  /** Undefined: `parse` found a mistake. */
  attempt<T>(parse: () => T): T | undefined {
    try {
      return parse()
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      this.#found.push(...error.messages)
      return undefined
    }
  }

  /** Undefined: `parse` threw, and its message says what is allowed. */
  read<T>(flag: string, text: string, parse: (text: string) => T): T | undefined {
    try {
      return parse(text)
    } catch (error) {
      this.add(`invalid value ${JSON.stringify(text)} for ${flag}: ${(error as Error).message}`)
      return undefined
    }
  }

  add(message: string): void {
    this.#found.push(message)
  }

  throwAny(): void {
    if (this.#found.length > 0) throw new UserError(this.#found)
  }
}

/** Milliseconds. `flag` is named in the refusal. */
export function readDuration(text: string, flag: string): number {
  const milliseconds = parseDuration(text)
  if (milliseconds !== undefined) return milliseconds
  const advice = /^\d+$/.test(text) ? `${text}s, ${text}m or ${text}h` : '30s, 15m or 1h30m'
  throw new UserError(`invalid value ${JSON.stringify(text)} for ${flag}: write a duration, for example ${advice}`)
}

// Collects the mistakes in a command's flags, to report all of them at once. Knows no flag.
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

  add(message: string): void {
    this.#found.push(message)
  }

  throwAny(): void {
    if (this.#found.length > 0) throw new UserError(this.#found)
  }
}

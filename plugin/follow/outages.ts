// What breaks and is tried again: told once it lasts, and when it is over. Knows no connection.

/** Breaks one after the other. */
const WORTH_SAYING = 3

/** Most breaks heal with the next try, and one API server that stops breaks every connection: only what lasts is said. */
export class Outages {
  readonly #say: (text: string) => void
  /** Name -> breaks one after the other. */
  readonly #breaks = new Map<string, number>()
  /** Reason -> the name with which it was said. */
  readonly #said = new Map<string, string>()

  constructor(say: (text: string) => void) {
    this.#say = say
  }

  broke(name: string, error: Error): void {
    const breaks = (this.#breaks.get(name) ?? 0) + 1
    this.#breaks.set(name, breaks)
    if (breaks < WORTH_SAYING || this.#said.has(error.message)) return
    this.#said.set(error.message, name)
    this.#say(`warning: ${name}: ${error.message}; trying again`)
  }

  healed(name: string): void {
    if (!this.#breaks.delete(name)) return
    let wasSaid = false
    for (const [reason, said] of this.#said) if (said === name) wasSaid = this.#said.delete(reason)
    if (wasSaid) this.#say(`${name}: goes on`)
  }
}

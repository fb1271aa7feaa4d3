// Decides whether a refusal ends the run: what one version refuses is no reason to stop reading the others. Pure.

export class FatalErrors {
  readonly #needsEvery: boolean
  readonly #working = new Set<string>()
  readonly #refused = new Set<string>()

  /** `needsEvery`: one version alone is useless. */
  constructor(needsEvery: boolean) {
    this.#needsEvery = needsEvery
  }

  /** The version has responded: an API server that starts may refuse it later, but not for good. */
  works(key: string): void {
    this.#working.add(key)
  }

  /** The version has neither responded nor refused. */
  isPending(key: string): boolean {
    return !this.#working.has(key) && !this.#refused.has(key)
  }

  /** The version has refused: does that end the run? `keys`: all versions that are read. */
  isFinal(key: string, keys: Iterable<string>): boolean {
    if (this.#working.has(key)) return false
    this.#refused.add(key)
    return this.#needsEvery || (this.#working.size === 0 && [...keys].every((one) => this.#refused.has(one)))
  }
}

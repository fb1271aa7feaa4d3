// Whether a refusal ends the run: what one version refuses is no reason to leave the others. Pure.

export class Refusals {
  readonly #needsEvery: boolean
  readonly #working = new Set<string>()
  readonly #refused = new Set<string>()

  /** `needsEvery`: one version alone is worth nothing. */
  constructor(needsEvery: boolean) {
    this.#needsEvery = needsEvery
  }

  /** The version has answered: from now on its refusals are taken for an API server's that starts. */
  works(key: string): void {
    this.#working.add(key)
  }

  /** It has neither answered nor refused. */
  isPending(key: string): boolean {
    return !this.#working.has(key) && !this.#refused.has(key)
  }

  /** The version has refused. True where there is nothing to wait for; `keys` are all versions that are asked. */
  isFinal(key: string, keys: Iterable<string>): boolean {
    if (this.#working.has(key)) return false
    this.#refused.add(key)
    return this.#needsEvery || (this.#working.size === 0 && [...keys].every((one) => this.#refused.has(one)))
  }
}

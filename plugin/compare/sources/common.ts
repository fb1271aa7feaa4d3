// Keeps what many records share once, and parts of lines without the lines. Knows no field.

/** A part of a text of its own: V8 keeps the whole line for the sake of a part of it. */
export function copyOf(text: string): string {
  return text.length < SHORTEST_PART ? text : Buffer.from(text).toString()
}

/** V8 copies what is shorter. */
const SHORTEST_PART = 13
/** Clients choose some of these texts. */
const MOST = 1000

/** Values made of texts, of which few differ. Bounded. */
export class Common<T> {
  readonly #make: (text: string) => T
  readonly #known = new Map<string, T>()

  constructor(make: (text: string) => T) {
    this.#make = make
  }

  get(text: string): T {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const own = copyOf(text)
    const made = this.#make(own)
    if (this.#known.size >= MOST) this.#known.clear()
    this.#known.set(own, made)
    return made
  }
}

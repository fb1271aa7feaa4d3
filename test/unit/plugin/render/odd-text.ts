// Writes an object as strangers do: YAML in every form, with comments, anchors, aliases and merge keys, and with scalars in
// it that readers disagree on. What the text then means is for kubectl to say.
import { isDeepStrictEqual } from 'node:util'

type Random = () => number

/** As plain scalars, in fields that the project does not know. */
const ODD_SCALARS =
  `. e1 22:30 0o17 017 08 1_000 0xFF 18446744073709551615 9007199254740993 +1 -0 yes No on y ~ 2001-12-14 = << .5 1.
  1e3 100.0 "\\x41" 'it''s' http://x/y?z a#b -a :a 0.1 1e21 [] {}`
    .split(/\s+/)
    .concat('!!str 5', 'a b', '"a\\\n        b"', '"a\n\n        b"', '')
const ODD_KEYS = ['.', 'f:spec', '1', 'true', '0x1F', '"q"', "'s'", 'e1', '1.5', '? x\n']

/** The same text for the same seed. */
export function oddText(object: object, seed: number): string {
  const writer = new Writer(randomOf(seed))
  const text = writer.document(object)
  return writer.chance(0.1) ? text.replaceAll('\n', '\r\n') : text
}

class Writer {
  readonly #random: Random
  readonly #anchored: { readonly name: string; readonly value: unknown }[] = []
  #names = 0

  constructor(random: Random) {
    this.#random = random
  }

  document(object: object): string {
    if (this.chance(0.08)) return JSON.stringify(object, undefined, this.#pick([0, 2, '\t']))
    const inList = this.chance(0.15)
    const body = this.#fields(object, inList ? 2 : 0, true)
    if (!inList) return `${this.#pick(['', '---\n', '# head\n'])}${body}${this.#pick(['', '# foot\n'])}`
    const neighbour = `- kind: ConfigMap\n  apiVersion: v1\n  metadata: {name: x}\n  data: {a: ${this.#scalar()}}\n`
    return `apiVersion: v1\nkind: List\nitems:\n${neighbour}-${body.slice(1)}${neighbour}`
  }

  chance(share: number): boolean {
    return this.#random() < share
  }

  /** Lines of a block map. */
  #fields(object: object, indent: number, isTop = false): string {
    const blanks = ' '.repeat(indent)
    const entries = Object.entries(object).filter(([, value]) => value !== undefined)
    const source = isTop ? undefined : this.#anchored.find(({ value }) => mergeable(value, object))
    const merged = source && this.chance(0.7) ? source : undefined
    const own = merged
      ? entries.filter(([key, value]) => !isDeepStrictEqual((merged.value as never)[key], value))
      : entries
    const lines = own.map(
      ([key, value]) => `${this.#noise(blanks)}${blanks}${this.#key(key)}:${this.#value(value, indent)}`
    )
    if (merged) lines.unshift(`${blanks}<<: *${merged.name}\n`)
    if (!isTop && this.chance(0.1)) lines.push(`${blanks}${this.#pick(ODD_KEYS.slice(0, -1))}: ${this.#scalar()}\n`)
    return lines.join('')
  }

  /** What goes behind a colon, with the end of its line. */
  #value(value: unknown, indent: number): string {
    if (this.#isEmpty(value)) return ` ${this.#flow(value)}${this.#comment()}`
    const known = this.#anchored.find((one) => isDeepStrictEqual(one.value, value))
    if (known && this.chance(0.6)) return ` *${known.name}${this.#comment()}`
    const name = this.chance(0.15) ? `a${this.#names++}` : undefined
    const text = this.#collection(value, indent, name === undefined ? '' : ` &${name}`)
    if (name !== undefined) this.#anchored.push({ name, value })
    return text
  }

  #collection(value: unknown, indent: number, anchor: string): string {
    if (this.chance(0.3)) return `${anchor} ${this.#flow(value)}${this.#comment()}`
    if (!Array.isArray(value)) {
      const inner = indent + 1 + Math.floor(this.#random() * 4)
      return `${anchor}${this.#comment()}${this.#fields(value as object, inner)}`
    }
    const dash = ' '.repeat(indent + this.#pick([0, 0, 2, 4]))
    const items = value.map((item) => `${this.#noise(dash)}${dash}-${this.#item(item, dash.length + 2)}`)
    return `${anchor}${this.#comment()}${items.join('')}`
  }

  #item(item: unknown, indent: number): string {
    const isMap = !this.#isEmpty(item) && !Array.isArray(item)
    if (!isMap || this.chance(0.4)) return this.#value(item, indent).replace(/^( &\w+)?(?: #.*)?\n/, '$1\n')
    return ` ${this.#fields(item as object, indent).replace(/^(?:\s*#.*\n|\s*\n)*\s*/, '')}`
  }

  #flow(value: unknown): string {
    if (typeof value === 'string') return this.#text(value)
    if (typeof value !== 'object' || value === null) return JSON.stringify(value)
    const gap = this.#pick([', ', ',', ', ', ',\n        ', ', # c\n        '])
    const isList = Array.isArray(value)
    const parts = isList
      ? value.map((item) => this.#flow(item))
      : Object.entries(value).map(([key, field]) => `${this.#key(key)}: ${this.#flow(field)}`)
    const ends = this.#pick(['', ' ', '\n      ', ''])
    const text = `${ends}${parts.join(gap)}${gap.includes('#') ? '' : ends}`
    return isList ? `[${text}]` : `{${text}}`
  }

  #key(key: string): string {
    return /^[A-Za-z][\w./-]*$/.test(key) && this.chance(0.9) ? key : JSON.stringify(key)
  }

  #text(text: string): string {
    const single = `'${text.replaceAll("'", "''")}'`
    const isPlain = /^[A-Za-z/][\w./-]*$/.test(text) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text)
    return this.#pick(isPlain ? [text, text, single] : [single, JSON.stringify(text)])
  }

  #scalar(): string {
    return this.#pick(ODD_SCALARS)
  }

  #noise(blanks: string): string {
    return this.chance(0.06) ? this.#pick([`${blanks}# comment\n`, '\n', '    # elsewhere\n']) : ''
  }

  #comment(): string {
    return this.chance(0.06) ? ' # c\n' : '\n'
  }

  #isEmpty(value: unknown): boolean {
    return typeof value !== 'object' || value === null || Object.keys(value).length === 0
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)]!
  }
}

/** Some fields are the same, and none is only in the source. */
function mergeable(source: unknown, object: object): boolean {
  if (typeof source !== 'object' || source === null || Array.isArray(source)) return false
  const keys = Object.keys(source)
  return (
    keys.length > 0 &&
    keys.every((key) => Object.hasOwn(object, key)) &&
    keys.some((key) => isDeepStrictEqual((source as never)[key], (object as never)[key]))
  )
}

/** mulberry32 */
function randomOf(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

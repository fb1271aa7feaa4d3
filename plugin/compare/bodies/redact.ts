// How values are shown: short, harmless on a terminal, and without what the user wants hidden. Knows no difference.
import { below, ELEMENT, type PathTest } from './field-path.ts'
import { BigNumber, typeOf } from './tree.ts'

export const REDACTED = '(redacted)'

export class Redactor {
  readonly #hides: PathTest
  readonly #active: boolean

  constructor(patterns: readonly PathTest[]) {
    this.#hides = (path) => patterns.some((test) => test(path))
    this.#active = patterns.length > 0
  }

  /** One side of a difference. `field`: `header etag`, `$.a.b`, `body`. */
  show(field: string, value: unknown): string {
    if (!field.startsWith('$')) return this.#showNamed(field, value)
    return shorten(toText(this.hideIn(value, field)))
  }

  /** The tree with every hidden field replaced. */
  hideIn(value: unknown, path = '$'): unknown {
    if (this.#hides(path)) return REDACTED
    if (!this.#active || value instanceof BigNumber) return value
    if (Array.isArray(value)) return value.map((element) => this.hideIn(element, below(path, ELEMENT)))
    if (typeOf(value) !== 'object') return value
    const entries = Object.entries(value as object)
    return Object.fromEntries(entries.map(([key, child]) => [key, this.hideIn(child, below(path, key))]))
  }

  /** Of a header, a query parameter, a form's field. */
  hidesName(name: string): boolean {
    return this.#hides(below('$', name))
  }

  /** A body that is no tree has no fields: with anything to hide, all of it may be that. */
  get hidesTexts(): boolean {
    return this.#active
  }

  path(path: string): string {
    const [before = '', query] = path.split('?', 2)
    if (query === undefined || !this.#active) return harmless(path)
    const parts = query.split('&').map((part) => {
      const [name = ''] = part.split('=', 1)
      return this.hidesName(decode(name)) ? `${name}=${REDACTED}` : part
    })
    return harmless(`${before}?${parts.join('&')}`)
  }

  #showNamed(field: string, value: unknown): string {
    const name = /^(?:header|trailer) (.*)$/.exec(field)?.[1]
    if (name !== undefined && this.hidesName(name)) return REDACTED
    if (field === 'body' && this.#active && typeof value === 'string') return REDACTED
    return shorten(typeof value === 'string' ? harmless(value) : toText(value))
  }
}

/** Control characters, and those that turn the direction of text, written out. */
export function harmless(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const UNSAFE = /[\p{Cc}\u2028-\u202e\u2066-\u2069\ufeff]/gu

export function toText(value: unknown, indent?: number): string {
  return harmless(
    JSON.stringify(value, (_, child: unknown) => (child instanceof BigNumber ? child.source : child), indent)
  )
}

export function shorten(text: string, most = 200): string {
  return text.length <= most ? text : `${text.slice(0, most - 3)}...`
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

// How values are shown: short, harmless on a terminal, and without what the user wants hidden. Knows no difference.
import { below, ELEMENT, type PathTest } from './field-path.ts'
import { escapeControls } from '../../io/sanitize.ts'
import { ExactNumber } from './exact-number.ts'
import { typeOf } from './tree.ts'

export const REDACTED = '(redacted)'

export class Redactor {
  readonly #hides: PathTest
  readonly #active: boolean

  constructor(patterns: readonly PathTest[]) {
    this.#hides = (path) => patterns.some((test) => test(path))
    this.#active = patterns.length > 0
  }

  /** One side of a difference, whole. `field`: `header etag`, `$.a.b`, `body`. */
  show(field: string, value: unknown): string {
    if (field.startsWith('$')) return toText(this.hideIn(value, field))
    if (typeof value !== 'string') return toText(value)
    const name = /^(?:header|trailer) (.*)$/.exec(field)?.[1]
    if (name !== undefined) return this.header(name, value)
    return field === 'body' && this.#active ? REDACTED : escapeControls(value)
  }

  header(name: string, value: string): string {
    return this.hidesName(name) ? REDACTED : this.path(value)
  }

  /** The tree with every hidden field replaced, and every parameter of a URL in it. */
  hideIn(value: unknown, path = '$'): unknown {
    if (this.#hides(path)) return REDACTED
    if (typeof value === 'string') return this.#hideParameters(value)
    if (!this.#active || value instanceof ExactNumber) return value
    if (Array.isArray(value)) return value.map((element) => this.hideIn(element, below(path, ELEMENT)))
    if (typeOf(value) !== 'object') return value
    const entries = Object.entries(value as object)
    return Object.fromEntries(entries.map(([key, child]) => [key, this.hideIn(child, below(path, key))]))
  }

  /** Of a header, a query parameter, a form's field. */
  hidesName(name: string): boolean {
    return this.#hides(below('$', name))
  }

  /** Whether to hide whole texts: they have no fields, so any part may be secret. */
  get hidesTexts(): boolean {
    return this.#active
  }

  /** Of a request, or any URL. */
  path(path: string): string {
    return escapeControls(this.#hideParameters(path))
  }

  /** Parameters of queries and fragments, as in redirects of logins. `?` and `;` may start one, or be part of a value. */
  #hideParameters(text: string): string {
    if (!this.#active) return text
    let hiding = false
    const parts = text.split(/(?=[?&#;])/).map((part) => {
      if (hiding && /^[?;]/.test(part)) return ''
      const name = /^[?&#;]([^=]*)=/.exec(part)?.[1]
      hiding = name !== undefined && this.hidesName(decode(name))
      return hiding ? `${part[0]}${name}=${REDACTED}` : part
    })
    return parts.join('')
  }
}

function toText(value: unknown): string {
  return escapeControls(JSON.stringify(value))
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

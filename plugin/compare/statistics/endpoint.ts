// Groups requests into endpoints: `GET /user/123?full` and `GET /user/124` are both `GET /user/{id}`. Bounded.
import { escapeControls } from '../../io/sanitize.ts'

/** Names endpoints. Use one for a run: it bounds them by what it has seen. */
export class Endpoints {
  readonly #known = new Set<string>()
  readonly #children = new Map<string, Set<string>>()
  readonly #most: number

  constructor(most = 500) {
    this.#most = most
  }

  name(verb: string, path: string): string {
    // Clients choose these names, and terminals show them.
    const method = escapeControls(verb)
    const segments = path
      .split('?', 1)[0]!
      .split('/')
      .slice(1, 1 + DEEPEST)
    const named: string[] = []
    for (const segment of segments) named.push(this.#nameSegment(`${method} ${named.join('/')}`, segment))
    const endpoint = `${method} /${named.join('/')}`
    if (this.#known.has(endpoint)) return endpoint
    if (this.#known.size >= this.#most) return OTHERS
    this.#known.add(endpoint)
    return endpoint
  }

  /** Values that no pattern recognises (`/user/alice`) become `{name}` when there are too many. */
  #nameSegment(parent: string, raw: string): string {
    if (isValue(raw)) return '{id}'
    const segment = escapeControls(raw)
    const siblings = this.#children.get(parent) ?? new Set()
    if (siblings.has(segment)) return segment
    if (siblings.size >= MOST_SIBLINGS) return '{name}'
    if (this.#children.size < this.#most) this.#children.set(parent, siblings.add(segment))
    return segment
  }
}

/** Where requests of endpoints beyond the bound are counted. */
export const OTHERS = '(other endpoints)'
const MOST_SIBLINGS = 50
const DEEPEST = 12

/** Numbers, UUIDs, hashes, dates, addresses, long tokens with digits. */
function isValue(segment: string): boolean {
  return PATTERNS.some((pattern) => pattern.test(segment)) || (segment.length >= 20 && /\d/.test(segment))
}

const PATTERNS = [
  /^-?\d+([.,_-]\d+)*$/,
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  /^(?=.*\d)[0-9a-f]{8,}$/i,
  /^\d{4}-\d\d-\d\d/,
  /@|%40/
]

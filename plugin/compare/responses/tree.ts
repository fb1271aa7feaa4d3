// How two trees (from JSON, markup or forms) differ by meaning. Knows no bytes and no requests.
import type { Difference } from './difference.ts'
import { ExactNumber } from './exact-number.ts'
import { ELEMENT, formatPath, type Step } from './field-path.ts'

type Found = (steps: readonly Step[], difference: Omit<Difference, 'field'>) => void

/** At most `most` differences. A field that differs in several elements is listed once. */
export function compareTrees(live: unknown, copy: unknown, most = 100): Difference[] {
  const differences = new Map<string, Difference>()
  const found: Found = (steps, difference) => {
    const field = formatPath(steps)
    const key = `${difference.kind} ${field}`
    if (differences.size < most && !differences.has(key)) differences.set(key, { field, ...difference })
  }
  compare([], live, copy, found)
  return [...differences.values()]
}

/** Whether a tree can be compared without running out of stack. */
export function isDeeperThan(limit: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return limit === 0 || Object.values(value).some((child) => isDeeperThan(limit - 1, child))
}

function compare(steps: readonly Step[], live: unknown, copy: unknown, found: Found): void {
  const [liveType, copyType] = [typeOf(live), typeOf(copy)]
  if (liveType !== copyType) found(steps, { kind: 'type', live, copy })
  else if (liveType === 'array') compareArrays(steps, live as unknown[], copy as unknown[], found)
  else if (liveType === 'object') compareObjects(steps, live as Tree, copy as Tree, found)
  else if (!sameScalar(live, copy)) found(steps, { kind: 'value', live, copy })
}

type Tree = Readonly<Record<string, unknown>>

export function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return value instanceof ExactNumber ? 'number' : typeof value
}

/** A number that a double holds never equals one that no double holds. */
function sameScalar(live: unknown, copy: unknown): boolean {
  if (live instanceof ExactNumber && copy instanceof ExactNumber) return live.canonical === copy.canonical
  return live === copy
}

function compareObjects(steps: readonly Step[], live: Tree, copy: Tree, found: Found): void {
  for (const key of Object.keys(live)) {
    const below = [...steps, key]
    if (Object.hasOwn(copy, key)) compare(below, live[key], copy[key], found)
    else found(below, { kind: 'missing', live: live[key] })
  }
  for (const key of Object.keys(copy)) {
    if (!Object.hasOwn(live, key)) found([...steps, key], { kind: 'added', copy: copy[key] })
  }
}

/**
 * Equal elements match wherever they are; another order of them is one difference. The rest is compared by identity (`id`,
 * `name`), or without one in order.
 */
function compareArrays(steps: readonly Step[], live: unknown[], copy: unknown[], found: Found): void {
  if (live.length !== copy.length) found(steps, { kind: 'length', live: live.length, copy: copy.length })
  const lives = live.map(canonical)
  const copies = copy.map(canonical)
  const common = countCommon(lives, copies)
  const liveParts = part(lives, common)
  const copyParts = part(copies, common)
  const reordered = liveParts.shared.some((index, rank) => lives[index] !== copies[copyParts.shared[rank]!])
  const pairs = pairElements(
    liveParts.rest.map((index) => live[index]),
    copyParts.rest.map((index) => copy[index])
  )
  if (reordered || pairs.reordered) found(steps, { kind: 'order', live, copy })
  for (const [one, other] of pairs.pairs) compare([...steps, ELEMENT], one, other, found)
}

/** How often each element is on both sides. */
function countCommon(lives: readonly string[], copies: readonly string[]): Map<string, number> {
  const count = (texts: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>()
    for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
    return counts
  }
  const others = count(copies)
  return new Map([...count(lives)].map(([text, times]) => [text, Math.min(times, others.get(text) ?? 0)]))
}

/** Indexes of the elements that both sides have, and of the rest. */
function part(texts: readonly string[], common: ReadonlyMap<string, number>): { shared: number[]; rest: number[] } {
  const left = new Map(common)
  const shared: number[] = []
  const rest: number[] = []
  for (const [index, text] of texts.entries()) {
    const times = left.get(text) ?? 0
    left.set(text, times - 1)
    ;(times > 0 ? shared : rest).push(index)
  }
  return { shared, rest }
}

interface Pairs {
  readonly pairs: readonly (readonly [unknown, unknown])[]
  readonly reordered: boolean
}

function pairElements(live: readonly unknown[], copy: readonly unknown[]): Pairs {
  for (const key of IDENTITIES) {
    const lives = identities(live, key)
    const copies = identities(copy, key)
    if (lives === undefined || copies === undefined) continue
    const both = [...lives.keys()].filter((identity) => copies.has(identity))
    if (both.length === 0) continue
    const places = [...copies.keys()].filter((identity) => lives.has(identity))
    const without = (elements: typeof lives, others: typeof lives): unknown[] =>
      [...elements].filter(([identity]) => !others.has(identity)).map(([, element]) => element)
    return {
      pairs: [
        ...both.map((identity) => [lives.get(identity), copies.get(identity)] as const),
        ...pairInOrder(without(lives, copies), without(copies, lives))
      ],
      reordered: both.some((identity, index) => identity !== places[index])
    }
  }
  return { pairs: pairInOrder(live, copy), reordered: false }
}

/** The length shows the rest of the longer side. */
function pairInOrder(live: readonly unknown[], copy: readonly unknown[]): Pairs['pairs'] {
  return live.slice(0, copy.length).map((element, index) => [element, copy[index]])
}

const IDENTITIES = ['id', '_id', 'uuid', 'key', 'name', '@id'] as const

/** Elements by the value of `key`, if each has one of its own. */
function identities(elements: readonly unknown[], key: string): Map<unknown, unknown> | undefined {
  const found = new Map<unknown, unknown>()
  for (const element of elements) {
    const value = typeOf(element) === 'object' ? (element as Tree)[key] : undefined
    const identity = value instanceof ExactNumber ? value.canonical : value
    if ((typeof identity !== 'string' && typeof identity !== 'number') || found.has(identity)) return undefined
    found.set(identity, element)
  }
  return found
}

/** Equal text for equal trees. */
function canonical(value: unknown): string {
  return JSON.stringify(value, function (this: Tree, key, child: unknown) {
    // JSON.stringify has already called toJSON.
    const own = this[key]
    if (own instanceof ExactNumber) return { number: own.canonical }
    return typeOf(child) === 'object'
      ? Object.fromEntries(Object.entries(child as Tree).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : child
  })
}

// Narrows a rule's match branches to some methods and headers. A filtered mirror is a clone of its rule whose branches
// are narrowed, never a catch-all: a clone that matched more than its rule would take requests from the rules after it.
import { formatHeader, type HeaderCondition } from './headers.ts'
import { compileRegex } from './regex.ts'
import type { HttpMatch, StringMatch } from './virtual-service.ts'

export interface Filter {
  readonly methods: readonly string[]
  readonly headers: readonly HeaderCondition[]
}

/**
 * The branches of the clone (they are OR-ed), or why there can be none.
 * - `neverMatches`: the rule and the filter exclude each other.
 * - `notMergeable`: a branch matches the same thing by a pattern; Envoy cannot AND two matches of one header.
 */
export type Narrowed =
  | { readonly match: readonly HttpMatch[] }
  | { readonly neverMatches: true }
  | { readonly notMergeable: string }

export function isFiltering({ methods, headers }: Filter): boolean {
  return methods.length > 0 || headers.length > 0
}

/** A rule without branches matches everything, as one empty branch does. */
export function narrow(branches: readonly HttpMatch[] | null | undefined, filter: Filter): Narrowed {
  const match: HttpMatch[] = []
  for (const branch of branches?.length ? branches : [{}]) {
    const narrowed = narrowBranch(branch, filter)
    if ('notMergeable' in narrowed) return narrowed
    if ('match' in narrowed) match.push(...narrowed.match)
  }
  return match.length > 0 ? { match } : { neverMatches: true }
}

export function formatFilter({ methods, headers }: Filter): string {
  return [...(methods.length > 0 ? [methods.join('|')] : []), ...headers.map(formatHeader)].join(' and ')
}

function narrowBranch(branch: HttpMatch, filter: Filter): Narrowed {
  let narrowed: HttpMatch = branch
  if (filter.methods.length > 0) {
    const taken = filter.methods.map((method) => matches(branch.method, method))
    if (taken.includes(undefined)) return { notMergeable: 'method' }
    const methods = filter.methods.filter((_, index) => taken[index])
    if (methods.length === 0) return { neverMatches: true }
    narrowed = { ...narrowed, method: anyOf(methods) }
  }
  for (const { name, match } of filter.headers) {
    const both = intersect(findHeader(branch, name), match)
    if (both === 'never') return { neverMatches: true }
    if (both === 'patterns') return { notMergeable: `header ${name}` }
    const others = Object.entries(narrowed.headers ?? {}).filter(([key]) => key.toLowerCase() !== name)
    narrowed = { ...narrowed, headers: Object.fromEntries([...others, [name, both]]) }
  }
  return { match: [narrowed] }
}

function anyOf(methods: readonly string[]): StringMatch {
  return methods.length === 1 ? { exact: methods[0]! } : { regex: methods.join('|') }
}

function findHeader({ headers }: HttpMatch, name: string): StringMatch | undefined {
  return Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1]
}

/** Both conditions as one. A value decides a pattern; two patterns cannot be one match. */
function intersect(rule: StringMatch | undefined, asked: StringMatch): StringMatch | 'never' | 'patterns' {
  if (rule === undefined || isPresence(rule) || same(rule, asked)) return asked
  if (isPresence(asked)) return rule
  const [value, pattern] = isAbsent(rule.exact) ? [asked, rule] : [rule, asked]
  if (isAbsent(value.exact)) return 'patterns'
  const taken = matches(pattern, value.exact)
  if (taken === undefined) return 'patterns'
  return taken ? value : 'never'
}

/** Istio takes the regex `*`, which is none, for presence too. */
function isPresence({ exact, prefix, regex }: StringMatch): boolean {
  return isAbsent(exact) && isAbsent(prefix) && (isAbsent(regex) || regex === '*')
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined
}

function same(a: StringMatch, b: StringMatch): boolean {
  return (['exact', 'prefix', 'regex'] as const).every((kind) => (a[kind] ?? undefined) === (b[kind] ?? undefined))
}

/**
 * Envoy's meaning: a regex must match the whole value. Undefined: a regex in the rule that RE2 does not take.
 * RE2 takes linear time, so no expression of anybody's can keep the webhook busy.
 */
function matches(match: StringMatch | null | undefined, value: string): boolean | undefined {
  if (isAbsent(match) || isPresence(match)) return true
  if (!isAbsent(match.exact)) return match.exact === value
  if (!isAbsent(match.prefix)) return value.startsWith(match.prefix)
  try {
    return compileRegex(match.regex ?? '').matches(value)
  } catch {
    return undefined
  }
}

// Narrows a rule's match branches to some methods and headers. A filtered mirror is a clone of its rule with narrower branches: a
// clone that matched more than its rule would take requests from later rules.
import { formatSize, lengthsAbove } from './body-size.ts'
import { formatHeader, type HeaderCondition } from './headers.ts'
import type { Matcher } from './matcher.ts'
import { intersect, isWithin, textsOf, toStringMatch, unionWith, valuesOf, type TextSet } from './text-set.ts'
import type { HttpMatch, StringMatch } from './virtual-service.ts'

export interface Filter {
  readonly methods: readonly string[]
  readonly headers: readonly HeaderCondition[]
  /** Bytes: requests that declare a longer body are left out. Those that declare no length cannot be. */
  readonly maxBody?: number
}

/*
 * Truth table of one condition of the filter and one branch, the first line that holds decides:
 *
 *   the branch's own conditions on that method or header ... | the clone's branch
 *   ---------------------------------------------------------|--------------------------------------
 *   lie within the filter's                                  | the branch as it is
 *   exclude it: positively, or by `withoutHeaders`           | none
 *   are none                                                 | the branch and the filter's condition
 *   can be told from the filter's                            | the branch with what both take
 *   else                                                     | not mergeable
 *
 * If every branch stays as it is, the rule needs no clone; if an earlier rule has each of them, a clone gets no request.
 * Names of headers are compared as Envoy does, in lower case: `X-User` and `x-user` in one branch are two conditions on one
 * header, and both must hold.
 *
 * The bound of the body is the other way round: the clone excludes longer ones by `withoutHeaders`. What the branch excludes of
 * them already is joined with these by `|`.
 *
 * In a delegate, Istio must keep the clone under a root exactly if it keeps the rule: a clone that is kept alone would take requests
 * from later rules. So there no condition is replaced, and no branch omitted.
 */
export type Narrowed =
  /** The branches of the clone; they are OR-ed. */
  | { readonly outcome: 'clone'; readonly match: readonly HttpMatch[] }
  /** Each request of the rule passes the filter. */
  | { readonly outcome: 'implied' }
  | Obstacle

interface Obstacle {
  readonly outcome: 'skipped'
  readonly code: 'filterNeverMatches' | 'filterNotMergeable' | 'filterInDelegate' | 'filterTaken'
  /** What the filter meets in the rule: `method`, `header x-user`. */
  readonly found: string
}

export function isFiltering(filter: Filter): boolean {
  return conditionCount(filter) > 0
}

/** Those that each branch is to meet. */
export function conditionCount({ methods, headers, maxBody }: Filter): number {
  return Number(methods.length > 0) + headers.length + Number(maxBody !== undefined)
}

export interface Surroundings {
  readonly inDelegate: boolean
  /** `takenBy` of all earlier rules. A branch with one of these keys gets no request. */
  readonly taken: ReadonlySet<string>
  readonly matcher: Matcher
}

/** A rule without branches matches everything, as one empty branch does. */
export function narrow(
  branches: readonly HttpMatch[] | null | undefined,
  filter: Filter,
  { inDelegate, taken, matcher }: Surroundings
): Narrowed {
  const own = branches?.length ? branches : [{}]
  const wanted = wantedOf(filter)
  const match: HttpMatch[] = []
  let excluding = ''
  for (const branch of own) {
    const narrowed = narrowBranch(branch, wanted, inDelegate, matcher)
    if ('outcome' in narrowed) return narrowed
    if ('match' in narrowed) match.push(narrowed.match)
    else excluding ||= narrowed.excludedBy
  }
  if (match.length === 0) return obstacle('filterNeverMatches', excluding)
  if (match.length < own.length && inDelegate) return obstacle('filterInDelegate', excluding)
  if (match.length === own.length && match.every((one, index) => one === own[index])) return { outcome: 'implied' }
  // In a delegate, Istio may drop the earlier rule.
  const reached = inDelegate || taken.size === 0 ? match : match.filter((one) => !taken.has(matchKey(one)))
  return reached.length === 0 ? obstacle('filterTaken', '') : { outcome: 'clone', match: reached }
}

/** Keys of the branches that a later rule's narrowed branch may equal: those that have the filter's conditions. */
export function takenBy(branches: readonly HttpMatch[], { methods, headers, maxBody }: Filter): string[] {
  const isNarrow = (one: HttpMatch) =>
    (methods.length === 0 || one.method) &&
    (headers.length === 0 || one.headers) &&
    (maxBody === undefined || one.withoutHeaders || one.headers)
  return branches.filter(isNarrow).map(matchKey)
}

export function formatFilter({ methods, headers, maxBody }: Filter): string {
  return [
    ...(methods.length > 0 ? [methods.join('|')] : []),
    ...headers.map(formatHeader),
    ...(maxBody === undefined ? [] : [`bodies up to ${formatSize(maxBody)}`])
  ].join(' and ')
}

type NarrowedBranch = { readonly match: HttpMatch } | { readonly excludedBy: string } | Obstacle

/** What each branch is to meet. */
interface Wanted {
  readonly conditions: readonly Condition[]
  /** Expression of the lengths that are left out. */
  readonly tooLong: string | undefined
}

function narrowBranch(
  branch: HttpMatch,
  { conditions, tooLong }: Wanted,
  inDelegate: boolean,
  matcher: Matcher
): NarrowedBranch {
  const [headers, withoutHeaders] = [byName(branch.headers), byName(branch.withoutHeaders)]
  const added = new Map<string, StringMatch>()
  let met: Obstacle | undefined
  for (const { name, asked, texts, subject } of conditions) {
    const own = textsOn(headers, name)
    if (name === METHOD && branch.method) own.unshift(textsOf(branch.method))
    if (own.some((one) => isWithin(one, texts, matcher))) continue
    const both = intersectAll(own, texts, matcher)
    const left = typeof both === 'object' ? both : texts
    const unwanted = textsOn(withoutHeaders, name)
    if (both === 'nothing' || unwanted.some((one) => isWithin(left, one, matcher))) return { excludedBy: subject }
    if (both === undefined) met ??= obstacle('filterNotMergeable', subject)
    else if (inDelegate && own.length > 0) met ??= obstacle('filterInDelegate', subject)
    else added.set(name, both === texts ? asked : toStringMatch(both))
  }
  return met ?? withoutBodies(withConditions(branch, added), tooLong, inDelegate, matcher)
}

const LENGTH = 'content-length'

/** Envoy takes a missing header for an empty one here, which no length is. */
function withoutBodies(
  branch: HttpMatch,
  tooLong: string | undefined,
  inDelegate: boolean,
  matcher: Matcher
): NarrowedBranch {
  if (tooLong === undefined) return { match: branch }
  const subject = `header ${LENGTH}`
  const texts: TextSet = { kind: 'pattern', regex: tooLong }
  for (const own of textsOn(byName(branch.headers), LENGTH)) {
    if (own.kind === 'values' && isWithin(own, texts, matcher)) return { excludedBy: subject }
    if (own.kind === 'values' && intersect(own, texts, matcher) === 'nothing') return { match: branch }
  }
  const spellings = Object.entries(branch.withoutHeaders ?? {}).filter(([name]) => name.toLowerCase() === LENGTH)
  if (spellings.some(([, match]) => isWithin(texts, textsOf(match), matcher))) return { match: branch }
  const [[name, own] = [LENGTH, undefined]] = spellings
  const regex = own === undefined ? tooLong : unionWith(tooLong, textsOf(own), matcher)
  if (regex === undefined) return obstacle('filterNotMergeable', subject)
  if (inDelegate && own !== undefined) return obstacle('filterInDelegate', subject)
  return { match: { ...branch, withoutHeaders: { ...branch.withoutHeaders, [name]: { regex } } } }
}

function obstacle(code: Obstacle['code'], found: string): Obstacle {
  return { outcome: 'skipped', code, found }
}

interface Condition {
  /** Lower case. */
  readonly name: string
  readonly asked: StringMatch
  readonly texts: TextSet
  /** For people. */
  readonly subject: string
}

function wantedOf(filter: Filter): Wanted {
  const { maxBody } = filter
  return { conditions: conditionsOf(filter), tooLong: maxBody === undefined ? undefined : lengthsAbove(maxBody) }
}

function conditionsOf({ methods, headers }: Filter): Condition[] {
  const onHeaders = headers.map(({ name, match }) => {
    return { name, asked: match, texts: textsOf(match), subject: `header ${name}` }
  })
  if (methods.length === 0) return onHeaders
  const texts = valuesOf(methods)
  return [{ name: METHOD, asked: toStringMatch(texts), texts, subject: 'method' }, ...onHeaders]
}

/** Values first: they decide cases that two patterns cannot. */
function intersectAll(own: readonly TextSet[], texts: TextSet, matcher: Matcher): ReturnType<typeof intersect> {
  const ordered = own.toSorted((a, b) => Number(b.kind === 'values') - Number(a.kind === 'values'))
  let both: ReturnType<typeof intersect> = texts
  for (const one of ordered) if (typeof both === 'object') both = intersect(one, both, matcher)
  return both
}

/** Envoy has the method among the headers, and Istio accepts it there too. */
const METHOD = ':method'

type ByName = ReadonlyMap<string, readonly StringMatch[]>

const NO_HEADERS: ByName = new Map()

function textsOn(headers: ByName, name: string): TextSet[] {
  return (headers.get(name) ?? []).map(textsOf)
}

/** By lower-case name: one header may occur in several spellings. */
function byName(headers: HttpMatch['headers']): ByName {
  if (!headers) return NO_HEADERS
  const named = new Map<string, StringMatch[]>()
  for (const [key, match] of Object.entries(headers)) {
    const name = key.toLowerCase()
    const known = named.get(name)
    if (known) known.push(match)
    else named.set(name, [match])
  }
  return named
}

/** The branch itself if nothing is added. */
function withConditions(branch: HttpMatch, added: ReadonlyMap<string, StringMatch>): HttpMatch {
  if (added.size === 0) return branch
  const { [METHOD]: method, ...onHeaders } = Object.fromEntries(added)
  const others = Object.entries(branch.headers ?? {}).filter(([key]) => !added.has(key.toLowerCase()))
  const headers = { ...Object.fromEntries(others), ...onHeaders }
  const isFiltered = added.size > (method ? 1 : 0)
  return { ...branch, ...(method && { method }), ...(isFiltered && { headers }) }
}

/**
 * One text for branches that are one to Istio, which warns of a rule whose branches all stand in rules before it: they differ in their name, in the order
 * of keys, or in fields that are null.
 */
function matchKey({ name: _, ...branch }: HttpMatch): string {
  return JSON.stringify(branch, (_key, value: unknown) => (isMap(value) ? sorted(value) : value))
}

function sorted(map: Readonly<Record<string, unknown>>): object {
  const entries = Object.entries(map).filter(([, value]) => value !== null)
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

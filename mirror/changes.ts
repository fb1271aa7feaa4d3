// What changes between two intents, and whether that copies more requests. Knows no rule.
import type { Intent } from './annotations.ts'
import { formatSize } from './body-size.ts'
import { keyOf, nameOf } from './target.ts'
import { formatHeader, type HeaderCondition } from './headers.ts'
import type { Place } from './host.ts'
import type { Matcher } from './matcher.ts'
import { isWithin, textsOf } from './text-set.ts'

/** One change, in words: `copies to v2`, `10%`, `100%`. */
export interface Change {
  readonly what: string
  readonly from: string
  readonly to: string
  /** More requests are copied: a higher share, other requests, more targets, or for longer. */
  readonly grows: boolean
}

export interface Circumstances {
  /** Of the object: it tells which short host equals which full one. */
  readonly place: Place
  readonly matcher: Matcher
}

/*
 *   part        | grows if                                       | absent
 *   ------------|------------------------------------------------|-----------
 *   targets     | one is added, or its percentage is higher      | -
 *   methods     | one is added                                   | all
 *   headers     | a condition is not implied by one of the new   | none
 *   bodies      | longer ones are copied                         | of any size
 *   open copies | more may be open, or that is unknown           | any number
 *   rules       | one is added                                   | every rule
 *   from        | one is added                                   | any
 *   end         | it is later                                    | never
 *
 * A baseline is left out: it belongs to a run of diff, which ends it.
 */
export function changesBetween(before: Intent, after: Intent, circumstances: Circumstances): Change[] {
  return Object.values(PARTS).flatMap((changes) => changes(before, after, circumstances))
}

/** Each part that an intent has, in the order of display: without its line here, `enable` would widen it unasked. */
const PARTS: Readonly<Record<Exclude<keyof Intent, 'baseline'>, typeof changesBetween>> = {
  targets: (before, after, { place }) => targetChanges(before, after, place),
  methods: (before, after) => listChange('methods', 'all', before.methods, after.methods),
  headers: (before, after, { matcher }) => headerChange(before.headers, after.headers, matcher),
  maxBody: (before, after) => bodyChange(before.maxBody, after.maxBody),
  limit: (before, after) => limitChange(before.limit, after.limit),
  routes: (before, after) => listChange('rules', 'every rule', before.routes, after.routes),
  from: (before, after) => listChange('rules to', 'any version', before.from, after.from),
  until: (before, after) => endChange(before.until, after.until)
}

/** `copies to v2: 10% -> 100%` */
export function formatChange({ what, from, to }: Change): string {
  return `${what}: ${from} -> ${to}`
}

function targetChanges(before: Intent, after: Intent, place: Place): Change[] {
  const targetsOf = ({ targets }: Intent) => new Map(targets.map((target) => [keyOf(target, place), target]))
  const [was, is] = [targetsOf(before), targetsOf(after)]
  return [...new Map([...was, ...is])].flatMap(([key, target]) => {
    const [from, to] = [was.get(key)?.percent ?? 0, is.get(key)?.percent ?? 0]
    const what = `copies to ${nameOf(target)}`
    return from === to ? [] : [{ what, from: formatShare(from), to: formatShare(to), grows: to > from }]
  })
}

function formatShare(percent: number): string {
  return percent === 0 ? 'none' : `${percent}%`
}

/** None named: `all`. */
function listChange(what: string, all: string, before: readonly string[], after: readonly string[]): Change[] {
  const format = (names: readonly string[]) => (names.length === 0 ? all : names.join(', '))
  const isIn = (outer: readonly string[], inner: readonly string[]) =>
    outer.length === 0 || (inner.length > 0 && inner.every((name) => outer.includes(name)))
  const grows = !isIn(before, after)
  return grows || !isIn(after, before) ? [{ what, from: format(before), to: format(after), grows }] : []
}

/** All conditions must hold. If it is unknown whether one expression lies within another, the change grows. */
function headerChange(
  before: readonly HeaderCondition[],
  after: readonly HeaderCondition[],
  matcher: Matcher
): Change[] {
  const format = (conditions: readonly HeaderCondition[]) =>
    conditions.length === 0 ? 'any' : conditions.map(formatHeader).join(' and ')
  const implies = (all: readonly HeaderCondition[], { name, match }: HeaderCondition) =>
    all.some((one) => one.name === name && isWithin(textsOf(one.match), textsOf(match), matcher))
  const grows = !before.every((condition) => implies(after, condition))
  const narrows = !after.every((condition) => implies(before, condition))
  return grows || narrows ? [{ what: 'headers', from: format(before), to: format(after), grows }] : []
}

function bodyChange(before: number | undefined, after: number | undefined): Change[] {
  const format = (most: number | undefined) => (most === undefined ? 'of any size' : `up to ${formatSize(most)}`)
  const grows = (after ?? Infinity) > (before ?? Infinity)
  return before === after ? [] : [{ what: 'bodies', from: format(before), to: format(after), grows }]
}

function limitChange(before: Intent['limit'], after: Intent['limit']): Change[] {
  const format = (limit: Intent['limit']) => {
    if (limit === undefined) return 'any number'
    return limit === 'unknown' ? "the policy's limit" : `at most ${limit}`
  }
  const was = before === 'unknown' ? 0 : (before ?? Infinity)
  const is = after === 'unknown' ? Infinity : (after ?? Infinity)
  return before === after ? [] : [{ what: 'open copies', from: format(before), to: format(after), grows: is > was }]
}

function endChange(before: Date | undefined, after: Date | undefined): Change[] {
  const [from, to] = [before?.getTime() ?? Infinity, after?.getTime() ?? Infinity]
  const format = (end: Date | undefined) => end?.toISOString().replace('.000Z', 'Z') ?? 'never'
  return from === to ? [] : [{ what: 'ends', from: format(before), to: format(after), grows: to > from }]
}

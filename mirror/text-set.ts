// String matches as sets of texts: whether one set lies within another, and their intersection. Says if it cannot know. Knows no rule
// and no filter.
import type { Matcher } from './matcher.ts'
import type { StringMatch } from './virtual-service.ts'

export type TextSet =
  /** Every text: the header is present. */
  | { readonly kind: 'any' }
  | { readonly kind: 'values'; readonly values: readonly string[] }
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'pattern'; readonly regex: string }

/** Istio treats the regex `*` as presence. Plain alternatives (`a|b`) and `a.*` need no expression. */
export function textsOf({ exact, prefix, regex }: StringMatch): TextSet {
  if (typeof exact === 'string') return valuesOf([exact])
  if (typeof prefix === 'string') return prefix === '' ? ANY : { kind: 'prefix', prefix }
  if (typeof regex !== 'string' || regex === '*' || regex === '.*') return ANY
  if (isPlain(regex)) return valuesOf(regex.split('|'))
  const start = regex.slice(0, -2)
  return regex.endsWith('.*') && isPlain(start) && !start.includes('|')
    ? { kind: 'prefix', prefix: start }
    : { kind: 'pattern', regex }
}

export function valuesOf(values: readonly string[]): TextSet {
  return { kind: 'values', values }
}

/** The inverse of `textsOf`. Several values are plain, as they came from alternatives or methods. */
export function toStringMatch(texts: TextSet): StringMatch {
  if (texts.kind === 'values') {
    return texts.values.length === 1 ? { exact: texts.values[0]! } : { regex: texts.values.join('|') }
  }
  if (texts.kind === 'prefix') return { prefix: texts.prefix }
  return texts.kind === 'pattern' ? { regex: texts.regex } : {}
}

/** False also if unknown. */
export function isWithin(inner: TextSet, outer: TextSet, matcher: Matcher): boolean {
  if (outer.kind === 'any') return true
  if (inner.kind === 'values') return pick(inner.values, outer, matcher)?.length === inner.values.length
  if (inner.kind === 'prefix') return outer.kind === 'prefix' && inner.prefix.startsWith(outer.prefix)
  return inner.kind === 'pattern' && outer.kind === 'pattern' && inner.regex === outer.regex
}

/** Undefined if unknown: for two patterns, or an expression that RE2 rejects. */
export function intersect(a: TextSet, b: TextSet, matcher: Matcher): TextSet | 'nothing' | undefined {
  if (isWithin(a, b, matcher)) return a
  if (isWithin(b, a, matcher)) return b
  const [list, other] = a.kind === 'values' ? [a, b] : [b, a]
  if (list.kind === 'values') {
    const values = pick(list.values, other, matcher)
    return values?.length === 0 ? 'nothing' : values && { kind: 'values', values }
  }
  return a.kind === 'prefix' && b.kind === 'prefix' ? 'nothing' : undefined
}

/**
 * One expression for what either takes. The other comes last: whatever flag or quote it opens ends with it. Undefined: RE2 does
 * not take it.
 */
export function unionWith(regex: string, other: TextSet, matcher: Matcher): string | undefined {
  switch (other.kind) {
    case 'values':
      return [regex, ...other.values.map(escaped)].join('|')
    case 'prefix':
      return `${regex}|${escaped(other.prefix)}.*`
    case 'pattern':
      return matcher.regexProblem(other.regex) === undefined ? `${regex}|${other.regex}` : undefined
    default:
      return regex
  }
}

const ANY: TextSet = { kind: 'any' }

/** The values that are in a set. */
function pick(values: readonly string[], texts: TextSet, matcher: Matcher): readonly string[] | undefined {
  if (texts.kind === 'pattern') return pickMatching(values, texts.regex, matcher)
  if (texts.kind === 'values') return values.filter((value) => texts.values.includes(value))
  return texts.kind === 'prefix' ? values.filter((value) => value.startsWith(texts.prefix)) : values
}

/** Envoy's meaning: an expression must match the whole text. */
function pickMatching(values: readonly string[], regex: string, matcher: Matcher): readonly string[] | undefined {
  const taken = values.map((value) => matcher.matches({ regex }, value))
  return taken.includes(undefined) ? undefined : values.filter((_, index) => taken[index])
}

/** Longer ones are left to the matcher, which limits its work. */
const LONGEST_PLAIN = 128

function isPlain(regex: string): boolean {
  return regex.length <= LONGEST_PLAIN && /^[^\\.+*?()[\]{}^$]*$/.test(regex)
}

function escaped(text: string): string {
  return text.replaceAll(/[\\.+*?()[\]{}^$|]/g, String.raw`\$&`)
}

// The `headers` annotation: NAME=VALUE, NAME~REGEX, NAME; all conditions must hold. Knows no rule.
import { BOUNDS } from './bounds.ts'
import { splitList, withoutRepeats } from './comma-list.ts'
import { problem, quote, type Problem } from './problem.ts'
import type { Matcher } from './matcher.ts'
import type { StringMatch } from './virtual-service.ts'

export interface HeaderCondition {
  /** Lower case, as Envoy matches them. */
  readonly name: string
  /** Empty: the header is present. */
  readonly match: StringMatch
}

const CONDITION = /^(?<name>[!#$%&'*+.^_`|0-9A-Za-z-]+)(?:(?<operator>[=~])(?<value>.*))?$/s
/** Istio ignores these names in `headers`: the rule would silently lose its filter. */
const RESERVED = new Set(['uri', 'scheme', 'method', 'authority'])

/** `\,` is a comma inside a value or an expression. */
export function parseHeaders(
  text: string | undefined,
  path: string,
  matcher: Matcher
): readonly HeaderCondition[] | Problem[] {
  if (text === undefined) return []
  const items = splitList(text, path, BOUNDS.headers, /(?<!\\),/)
  const parsed = items.map((item) =>
    typeof item === 'string' ? parseHeader(item.replaceAll('\\,', ','), path, matcher) : item
  )
  const problems = parsed.filter((one): one is Problem => 'code' in one)
  if (problems.length > 0) return problems
  return withoutRepeats(parsed as HeaderCondition[], path, ({ name }) => name) // what is no problem is a condition
}

export function formatHeader({ name, match }: HeaderCondition): string {
  if (match.exact !== undefined) return `${name}=${match.exact}`
  return match.regex === undefined ? name : `${name}~${match.regex}`
}

function parseHeader(item: string, path: string, matcher: Matcher): HeaderCondition | Problem {
  const groups = CONDITION.exec(item)?.groups
  const found = quote(item)
  if (!groups || groups.value === '') return problem('headerInvalid', path, { found })
  const name = groups.name!.toLowerCase()
  if (RESERVED.has(name)) {
    return problem('headerReserved', path, { found, methods: 'kubectl-mirror.dev/methods', routes: 'routes' })
  }
  const { operator, value } = groups
  if (operator === undefined || value === undefined) return { name, match: {} }
  if (operator === '=') return { name, match: { exact: value } }
  const why = matcher.regexProblem(value)
  return why === undefined
    ? { name, match: { regex: value } }
    : problem('headerRegexInvalid', path, { found: quote(value), why })
}

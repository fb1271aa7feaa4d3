// The `headers` annotation: NAME=VALUE, NAME~REGEX, NAME; all conditions must hold. Knows no rule.
import { problem, type Problem } from './problem.ts'
import { compileRegex } from './regex.ts'
import type { StringMatch } from './virtual-service.ts'

export interface HeaderCondition {
  /** Lower case, as Envoy matches them. */
  readonly name: string
  /** Empty: the header is present. */
  readonly match: StringMatch
}

/** Characters of the annotation: each regex in it is compiled, so the whole is bounded, too. */
const MOST = 4096

const CONDITION = /^(?<name>[!#$%&'*+.^_`|0-9A-Za-z-]+)(?:(?<operator>[=~])(?<value>.*))?$/s
/** Istio ignores these names in `headers`: the rule would silently lose its filter. */
const RESERVED = new Set(['uri', 'scheme', 'method', 'authority'])

/** A comma inside a value or an expression is written `\,`. */
export function parseHeaders(text: string | undefined, path: string): HeaderCondition[] | Problem[] {
  if (text === undefined) return []
  if (text.length > MOST) {
    const found = `${JSON.stringify(text.slice(0, 40))} and ${text.length - 40} characters more`
    return [problem('headerInvalid', path, { found })]
  }
  const parsed = text.split(/(?<!\\),/).map((item) => parseHeader(item.replaceAll('\\,', ',').trim(), path))
  const problems = parsed.filter((one): one is Problem => 'code' in one)
  if (problems.length > 0) return problems
  const conditions = parsed as HeaderCondition[] // what is no problem is a condition
  const repeated = conditions.filter((one, index) => conditions.findIndex(({ name }) => name === one.name) < index)
  return repeated.length > 0
    ? [problem('listItemRepeated', path, { found: repeated.map(({ name }) => JSON.stringify(name)).join(', ') })]
    : conditions
}

export function formatHeader({ name, match }: HeaderCondition): string {
  if (match.exact !== undefined) return `${name}=${match.exact}`
  return match.regex === undefined ? name : `${name}~${match.regex}`
}

function parseHeader(item: string, path: string): HeaderCondition | Problem {
  const groups = CONDITION.exec(item)?.groups
  const found = JSON.stringify(item)
  if (!groups || groups.value === '') return problem('headerInvalid', path, { found })
  const name = groups.name!.toLowerCase()
  if (RESERVED.has(name)) {
    return problem('headerReserved', path, { found, methods: 'kubectl-mirror.dev/methods', routes: 'routes' })
  }
  const { operator, value } = groups
  if (operator === undefined || value === undefined) return { name, match: {} }
  if (operator === '=') return { name, match: { exact: value } }
  const why = regexProblem(value)
  return why === undefined
    ? { name, match: { regex: value } }
    : problem('headerRegexInvalid', path, { found: JSON.stringify(value), why })
}

/** Judged by RE2 itself: Envoy takes nothing else, and RE2 alone is safe against expressions that never end. */
function regexProblem(expression: string): string | undefined {
  try {
    compileRegex(expression)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

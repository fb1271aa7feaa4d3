// Evaluates Istio's string matches (exact, prefix, regular expression) as Envoy does. Tenants write the expressions, so each is compiled
// once and within bounds. Pure.
import { RE2JS } from 're2js'
import { BOUNDS } from './bounds.ts'
import { regexSize } from './regex-size.ts'
import type { StringMatch } from './virtual-service.ts'

/** For one review or one object. It keeps what it compiles. */
export interface Matcher {
  /** Why Envoy would reject the expression, or why it is too large for us. */
  regexProblem(expression: string): string | undefined
  /** Undefined: unknown, because the expression is invalid or too much work. An absent match matches everything. */
  matches(match: StringMatch | null | undefined, value: string, options?: MatchOptions): boolean | undefined
}

export interface MatchOptions {
  /** For an exact value or a prefix; an expression has its own flag. */
  readonly ignoreCase?: boolean
}

export interface Allowance {
  /** Of all expressions together. */
  readonly instructions: number
  /** Of all matches together: characters, each times the instructions it may meet. */
  readonly steps: number
}

/** The fixed cost of a program, in instructions. */
const PROGRAM = 16

/** RE2's time is linear, but in the product of the sizes of expression and value. */
export function createMatcher(allowance: Allowance = BOUNDS.review): Matcher {
  const known = new Map<string, Compiled | string>()
  let { instructions, steps } = allowance
  const compile = (expression: string): Compiled | string => {
    const before = known.get(expression)
    if (before !== undefined) return before
    const compiled = compileWithin(expression, instructions)
    if (typeof compiled !== 'string') instructions -= compiled.size + PROGRAM
    known.set(expression, compiled)
    return compiled
  }
  const matchesRegex = (expression: string, value: string): boolean | undefined => {
    const compiled = compile(expression)
    if (typeof compiled === 'string') return undefined
    const cost = compiled.size * (value.length + 1)
    if (cost > Math.min(steps, BOUNDS.review.steps)) return undefined
    steps -= cost
    return compiled.program.matches(value)
  }
  return {
    regexProblem(expression) {
      const compiled = compile(expression)
      return typeof compiled === 'string' ? compiled : undefined
    },
    matches(match, value, { ignoreCase = false } = {}) {
      if (!match || isPresence(match)) return true
      const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text)
      if (isGiven(match.exact)) return fold(match.exact) === fold(value)
      if (isGiven(match.prefix)) return fold(value).startsWith(fold(match.prefix))
      return matchesRegex(match.regex ?? '', value)
    }
  }
}

/** None of the three. Istio also treats the regex `*` as presence. */
function isPresence({ exact, prefix, regex }: StringMatch): boolean {
  return !isGiven(exact) && !isGiven(prefix) && (!isGiven(regex) || regex === '*')
}

interface Compiled {
  readonly program: RE2JS
  readonly size: number
}

/** Or why not. */
function compileWithin(expression: string, left: number): Compiled | string {
  if (expression.length > BOUNDS.regexCharacters) return `it is longer than ${BOUNDS.regexCharacters} characters`
  const size = regexSize(expression)
  if (size > BOUNDS.regexInstructions) {
    return `it is too large: ${size} instructions, where ${BOUNDS.regexInstructions} are allowed`
  }
  if (size > left) return `the expressions together are too large: more than ${BOUNDS.review.instructions} instructions`
  try {
    return { program: RE2JS.compile(expression), size }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function isGiven(text: string | null | undefined): text is string {
  return typeof text === 'string'
}

// Names of the fields of a tree: `$.users.*.tags[*]`, as JSONPath writes them, and the patterns that users give for them.
import { UserError } from '../../io/errors.ts'
import { escapeControls } from '../../io/sanitize.ts'
import { revealing } from './look-alike.ts'

/** A key, or that it is an element of an array: positions are one field, as keys that look like values are. */
export type Step = string | typeof ELEMENT
export const ELEMENT = Symbol('element')

export function formatPath(steps: readonly Step[]): string {
  return `$${steps.map(formatStep).join('')}`
}

/** The field that this step leads to from another. */
export function below(path: string, step: Step): string {
  return path + formatStep(step)
}

function formatStep(step: Step): string {
  if (step === ELEMENT) return '[*]'
  if (VALUE.test(step)) return '.*'
  return PLAIN.test(step) ? `.${step}` : `[${escapeControls(revealing(JSON.stringify(step)))}]`
}

/** `@`: attributes of markup, `#`: its text. */
const PLAIN = /^[@#\w-]+$/
/** As in paths of URLs: numbers, UUIDs, hashes, dates. */
const VALUE =
  /^(-?\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?=.*\d)[0-9a-f]{16,}|\d{4}-\d\d-\d\d.*)$/is

export type PathTest = (path: string) => boolean

/**
 * `$.a.b`, `$..b`, `$.a[*]`, `$.*.b`, `$['odd key']`: whether a path is that field or inside it. A name without `$` is
 * `$..name`.
 */
export function parsePattern(text: string, flag: string, { ignoreCase = false } = {}): PathTest {
  const tokens = [...text.replace(/^(?=[\w@#*-])/, '$..').matchAll(TOKEN)]
  if (tokens.map(([token]) => token).join('') !== text.replace(/^(?=[\w@#*-])/, '$..') || tokens.length < 2) {
    throw new UserError(
      `invalid value ${JSON.stringify(text)} for ${flag}: write a JSON path, for example $.generated_at, $..etag, ` +
        `$.items[*].id or $.users.*.name; elements are one field, so [0] is written [*]`
    )
  }
  const expression = new RegExp(
    `^${tokens.map(({ groups }) => toExpression(groups ?? {})).join('')}(?=[.[]|$)`,
    ignoreCase ? 'i' : ''
  )
  return (path) => expression.test(path)
}

const TOKEN =
  /(?<root>^\$)|(?<deep>\.\.)(?<descendant>[\w@#-]+|\*)|\.(?<child>[\w@#-]+|\*)|(?<element>\[\*\])|\[(?<quoted>"[^"]*"|'[^']*')\]/g
const ANY_STEP = String.raw`(?:\.[@#\w*-]+|\["(?:[^"\\]|\\.)*"\])`

function toExpression({ root, deep, descendant, child, element, quoted }: Record<string, string | undefined>): string {
  if (root !== undefined) return String.raw`\$`
  if (element !== undefined) return String.raw`\[\*\]`
  const name = descendant ?? child ?? (quoted ?? '').slice(1, -1)
  const step = name === '*' ? ANY_STEP : formatStep(name).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return deep === undefined ? step : `.*${step}`
}

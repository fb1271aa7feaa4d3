// Writes values as text that kubectl reads as the same values: block YAML, flow YAML, JSON.
import { resolve } from './scalar.ts'
import { isFields, type Value } from './value.ts'

/** How the document around it is written. */
export interface Style {
  /** Names and strings always in double quotes. */
  readonly isJson: boolean
  /** Blanks of one level. */
  readonly unit: string
  /** The dashes of a list stand further in than its name. */
  readonly indentsLists: boolean
}

/** Lines without their ends; the first one without `indent`, for a place behind a dash or a name. */
export function blockLines(value: Value, indent: string, style: Style): string[] {
  if (Array.isArray(value) && value.length > 0) {
    return value
      .flatMap((item) => itemLines(item, indent, style))
      .map((line, index) => (index > 0 ? line : line.trimStart()))
  }
  if (isLiteral(value, style)) return literalLines(value, indent)
  if (typeof value === 'string') return [scalarText(value, style)]
  if (!isFields(value) || Object.keys(value).length === 0) return [flowText(value, style)]
  return Object.entries(value)
    .flatMap(([key, field]) => fieldLines(key, field, indent, style))
    .map((line, index) => (index > 0 ? line : line.trimStart()))
}

/** `key: value`, and what goes under it. */
export function fieldLines(key: string, value: Value, indent: string, style: Style, isQuoted = false): string[] {
  const name = `${indent}${scalarText(key, { isJson: isQuoted || style.isJson })}:`
  const inner = innerIndent(value, indent, style)
  const [first = '', ...rest] = blockLines(value, inner, style)
  if (isInline(value)) return [`${name} ${first}`, ...rest]
  return [name, `${inner}${first}`, ...rest]
}

/** Text of several lines, where a block scalar shows it as it is. */
function isLiteral(value: Value, { isJson }: Style): value is string {
  return !isJson && typeof value === 'string' && /^[!-~]([ -~\n]*[!-~])?\n?$/.test(value) && value.includes('\n')
}

function literalLines(text: string, indent: string): string[] {
  const isEnded = text.endsWith('\n')
  const lines = (isEnded ? text.slice(0, -1) : text).split('\n')
  return [isEnded ? '|' : '|-', ...lines.map((line) => (line === '' ? '' : `${indent}${line}`))]
}

/** Of the lines under a name. */
export function innerIndent(value: Value, indent: string, style: Style): string {
  return Array.isArray(value) && !style.indentsLists ? indent : `${indent}${style.unit}`
}

/** `- item`. */
export function itemLines(item: Value, indent: string, style: Style): string[] {
  const [first = '', ...rest] = blockLines(item, `${indent}  `, style)
  return [`${indent}- ${first}`, ...rest]
}

/** On one line; given an indent, over several, as JSON is mostly seen. */
export function flowText(value: Value, style: Style, indent?: string): string {
  const isList = Array.isArray(value)
  if (!isList && !isFields(value))
    return typeof value === 'string' ? scalarText(value, style, true) : JSON.stringify(value)
  const inner = indent === undefined ? undefined : `${indent}${style.unit}`
  const parts = isList
    ? value.map((item) => flowText(item, style, inner))
    : Object.entries(value).map(([key, field]) => `${scalarText(key, style, true)}: ${flowText(field, style, inner)}`)
  const [open, close] = isList ? ['[', ']'] : ['{', '}']
  if (inner === undefined || parts.length === 0) return `${open}${parts.join(', ')}${close}`
  return `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}`
}

/** Without quotes only where every reader of YAML, 1.1 or 1.2, takes it for this very string. */
export function scalarText(text: string, { isJson }: Pick<Style, 'isJson'>, isFlow = false): string {
  const isPlain = !isJson && (isFlow ? PLAIN_IN_FLOW : PLAIN).test(text) && resolve(text) === text
  return isPlain ? text : JSON.stringify(text).replace(UNSAFE, (character) => `\\u${hex(character)}`)
}

const PLAIN_IN_FLOW = /^[A-Za-z_/][-\w./=@+]*$/
const PLAIN = /^[A-Za-z_/]([-\w./=@+,:]*[-\w./=@+])?$/

/** Line breaks to YAML 1.1, and what go-yaml refuses. */
const UNSAFE = /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, '0')
}

/** What stands behind its name: a scalar, an empty list or map. */
export function isInline(value: Value): boolean {
  return Array.isArray(value) ? value.length === 0 : !isFields(value) || Object.keys(value).length === 0
}

// Writes values as text that kubectl reads as the same values: block YAML, flow YAML, JSON.
import { resolve } from './yaml-scalar.ts'

export type Value = unknown
export type Fields = Readonly<Record<string, Value>>

export function isFields(value: Value): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)
}

/** The style of the surrounding document. */
export interface Style {
  /** Always double-quote names and strings. */
  readonly isJson: boolean
  /** The indentation of one level. */
  readonly unit: string
  /** Whether dashes are indented deeper than the list's name. */
  readonly indentsLists: boolean
}

/** Lines without line ends. The first has no `indent`: it goes behind a dash or a name. */
export function blockLines(value: Value, indent: string, style: Style): string[] {
  if (isLiteral(value, style)) return literalLines(value, indent)
  if (typeof value === 'string') return [scalarText(value, style)]
  if (isInline(value)) return [flowText(value, style)]
  const lines = Array.isArray(value)
    ? value.flatMap((item) => itemLines(item, indent, style))
    : Object.entries(value as Fields).flatMap(([key, field]) => fieldLines(key, field, indent, style)) // no scalar
  return lines.with(0, lines[0]!.trimStart())
}

/** `key: value`, with the lines below it. */
export function fieldLines(key: string, value: Value, indent: string, style: Style, isQuoted = false): string[] {
  const name = `${indent}${scalarText(key, { isJson: isQuoted || style.isJson })}:`
  const inner = innerIndent(value, indent, style)
  const [first = '', ...rest] = blockLines(value, inner, style)
  if (isInline(value)) return [`${name} ${first}`, ...rest]
  return [name, `${inner}${first}`, ...rest]
}

/** Whether a block scalar can show the text as it is, on several lines. */
function isLiteral(value: Value, { isJson }: Style): value is string {
  return !isJson && typeof value === 'string' && /^[!-~]([ -~\n]*[!-~])?\n?$/.test(value) && value.includes('\n')
}

function literalLines(text: string, indent: string): string[] {
  const isEnded = text.endsWith('\n')
  const lines = (isEnded ? text.slice(0, -1) : text).split('\n')
  return [isEnded ? '|' : '|-', ...lines.map((line) => (line === '' ? '' : `${indent}${line}`))]
}

/** The indentation below a name. */
export function innerIndent(value: Value, indent: string, style: Style): string {
  return Array.isArray(value) && !style.indentsLists ? indent : `${indent}${style.unit}`
}

/** `- item`. */
export function itemLines(item: Value, indent: string, style: Style): string[] {
  const [first = '', ...rest] = blockLines(item, `${indent}  `, style)
  return [`${indent}- ${first}`, ...rest]
}

/** On one line; with an indent, on several, as JSON is usually formatted. */
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

/** Unquoted only if YAML 1.1 and 1.2 both read it as this string. */
export function scalarText(text: string, { isJson }: Pick<Style, 'isJson'>, isFlow = false): string {
  const isPlain = !isJson && (isFlow ? PLAIN_IN_FLOW : PLAIN).test(text) && resolve(text) === text
  return isPlain ? text : JSON.stringify(text).replace(UNSAFE, (character) => `\\u${hex(character)}`)
}

const PLAIN_IN_FLOW = /^[A-Za-z_/][-\w./=@+]*$/
const PLAIN = /^[A-Za-z_/]([-\w./=@+,:]*[-\w./=@+])?$/

/** Line breaks in YAML 1.1, and characters that go-yaml refuses. */
const UNSAFE = /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, '0')
}

/** Whether it stands on the line of its name: a scalar, or an empty list or map. */
export function isInline(value: Value): boolean {
  return Array.isArray(value) ? value.length === 0 : !isFields(value) || Object.keys(value).length === 0
}

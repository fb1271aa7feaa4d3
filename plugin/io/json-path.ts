// kubectl's jsonpath templates: text, {"\n"}, {.path}, {range .items[*]} ... {end}. The paths are jsonpath-plus's.
import { JSONPath } from 'jsonpath-plus'
import { UserError } from './errors.ts'

export function renderJsonPath(template: string, value: unknown): string {
  const parts = parse(template)
  const text = render(parts, value)
  const rest = parts.shift()
  if (rest !== undefined) throw new UserError(`error parsing jsonpath ${template}, not in range, nothing to end`)
  return text
}

type Part = { readonly text: string } | { readonly expression: string }

function parse(template: string): Part[] {
  const matches = [...template.matchAll(/\{((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^{}"'])*)\}|[^{}]+/g)]
  if (matches.map(([all]) => all).join('') !== template) {
    throw new UserError(`error parsing jsonpath ${template}, unclosed action`)
  }
  return matches.map(([all, inner]) => (inner === undefined ? { text: all } : readAction(inner.trim())))
}

function readAction(inner: string): Part {
  const literal = /^"((?:[^"\\]|\\.)*)"$/.exec(inner) ?? /^'((?:[^'\\]|\\.)*)'$/.exec(inner)
  if (!literal) return { expression: inner }
  return {
    text: literal[1]!.replace(/\\(.)/g, (_, letter: string) => ({ n: '\n', t: '\t', r: '\r' })[letter] ?? letter)
  }
}

/** Takes its parts off the list, up to the `end` of its own range. */
function render(parts: Part[], value: unknown): string {
  let text = ''
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    if ('text' in part) text += part.text
    else if (part.expression === 'end') {
      parts.unshift(part)
      return text
    } else if (part.expression.startsWith('range ')) text += renderRange(parts, part.expression.slice(6).trim(), value)
    else text += select(part.expression, value).map(format).join(' ')
  }
  return text
}

function renderRange(parts: Part[], expression: string, value: unknown): string {
  const body = [...parts]
  const items = select(expression, value)
  let text = ''
  let left = body
  for (const item of items.length > 0 ? items : [undefined]) {
    left = [...body]
    const rendered = render(left, item)
    if (items.length > 0) text += rendered
  }
  if (left.shift() === undefined) throw new UserError('error parsing jsonpath, unclosed range')
  parts.splice(0, parts.length, ...left)
  return text
}

function select(expression: string, json: unknown): unknown[] {
  if (expression === '@' || expression === '.' || expression === '$') return [json]
  if (typeof json !== 'object' || json === null) return []
  const path = translate(expression.startsWith('$') ? expression : `$${expression.replace(/^@/, '')}`)
  return JSONPath<unknown[]>({ path, json, wrap: true, eval: 'safe' })
}

/** `.kubectl-mirror\.dev/to` is one name to kubectl, and `[-1]` the last element. */
function translate(path: string): string {
  return path.replace(
    /(\[-(\d+)\])|\[[^\]]*\]|\.((?:[^.[\\]|\\.)+)/g,
    (all, fromEnd: string | undefined, count: string, name: string | undefined) => {
      if (fromEnd !== undefined) return count === '1' ? '[-1:]' : `[-${count}:${1 - Number(count)}]`
      return name?.includes('\\') ? `['${name.replace(/\\(.)/g, '$1')}']` : all
    }
  )
}

function format(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

// Turns a JSON format of Envoy's access log, nested or not, into a parser of its lines. Knows no meaning of a field.
import { setField, split, textParser, type Fields, type Parse } from './text-format.ts'

/** Adds what the value says to `fields`. False: the format does not print such a value here. */
type Match = (value: unknown, fields: Fields) => boolean

/**
 * `format`: the object that Envoy is configured with, with operators in its strings. `omitsEmpty`: members without a value
 * are left out. A line with a key that the format lacks, or without one whose value we use, is in another format.
 */
export function jsonParser(format: object, omitsEmpty = false): Parse {
  const match = matcherOf(format, omitsEmpty)
  return (line) => {
    if (!line.startsWith('{')) return undefined
    const fields: Fields = {}
    try {
      return match(JSON.parse(line), fields) ? fields : undefined
    } catch {
      return undefined
    }
  }
}

function matcherOf(template: unknown, omitsEmpty: boolean): Match {
  if (typeof template === 'string') return stringMatcher(template)
  if (Array.isArray(template)) {
    const elements = template.map((one) => matcherOf(one, omitsEmpty))
    return (value, fields) =>
      Array.isArray(value) &&
      value.length === elements.length &&
      elements.every((match, index) => match(value[index], fields))
  }
  if (typeof template === 'object' && template !== null) return objectMatcher(template, omitsEmpty)
  return (value) => value === template
}

function objectMatcher(template: object, omitsEmpty: boolean): Match {
  const members = new Map(Object.entries(template).map(([key, child]) => [key, matcherOf(child, omitsEmpty)]))
  const needed = omitsEmpty
    ? []
    : Object.keys(template).filter((key) => printsField((template as Record<string, unknown>)[key]))
  return (value, fields) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    const entries = Object.entries(value)
    return (
      entries.length > 0 &&
      entries.every(([key, child]) => members.get(key)?.(child, fields) === true) &&
      needed.every((key) => Object.hasOwn(value, key))
    )
  }
}

/** Whether an operator in it prints a field that we need. */
function printsField(template: unknown): boolean {
  if (typeof template === 'string') return split(template).parts.some(({ field }) => field && field !== 'server')
  return typeof template === 'object' && template !== null && Object.values(template).some(printsField)
}

/** An operator alone prints a value of its own type; within text it prints text. */
function stringMatcher(template: string): Match {
  const { before, parts } = split(template)
  const [part, ...others] = parts
  if (part !== undefined && others.length === 0 && before === '' && part.after === '') {
    return (value, fields) => {
      if (part.field === undefined) return true
      if (value !== null && typeof value !== 'string' && typeof value !== 'number') return false
      setField(fields, part, String(value ?? ''))
      return true
    }
  }
  const parse = textParser(template)
  return (value, fields) => {
    const found = typeof value === 'string' ? parse(value) : undefined
    if (found) Object.assign(fields, found)
    return found !== undefined
  }
}

// Lists as annotations write them: items between commas, as many as allowed, none twice. Knows no annotation.
import { formatCount, problem, quote, quoted, type Problem } from './problem.ts'

export function splitList(
  text: string,
  path: string,
  most: number,
  comma: string | RegExp = ','
): string[] | Problem[] {
  if (text.trim() === '') return [problem('listEmpty', path, { found: quote(text) })]
  const items = text.split(comma).map((item) => item.trim())
  if (items.length > most)
    return [problem('listTooLong', path, { found: formatCount(items.length), allowed: `${most}` })]
  return items.includes('') ? [problem('listItemEmpty', path, { found: quote(text) })] : items
}

/** The values, or the problem that several have one key. `form` is how an item is written. Linear. */
export function withoutRepeats<T>(
  values: readonly T[],
  path: string,
  keyOf: (value: T) => string,
  form: (value: T, index: number) => string = keyOf
): readonly T[] | Problem[] {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const [index, value] of values.entries()) {
    const key = keyOf(value)
    if (seen.has(key)) repeated.add(form(value, index))
    seen.add(key)
  }
  return repeated.size > 0 ? [problem('listItemRepeated', path, { found: quoted(repeated) })] : values
}

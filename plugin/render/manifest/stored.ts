// An object as the API server would have it, where what is typed differs without being wrong.
import { PREFIX } from '../../../mirror/annotations.ts'
import { isFields, setField, type Fields, type Value } from './value.ts'

/**
 * Fields with nothing behind them are absent. Annotations of others that are no strings are taken for some: they are for
 * others to refuse. The object itself, and each part of it, where there is nothing of the kind.
 */
export function asStored(object: Fields): Fields {
  const fields = withoutNulls(object) as Fields // as before
  const { metadata } = fields
  if (!isFields(metadata) || !isFields(metadata.annotations)) return fields
  const { annotations } = metadata
  const isOdd = ([key, value]: [string, Value]) => typeof value !== 'string' && !key.startsWith(PREFIX)
  const odd = Object.entries(annotations).filter(isOdd)
  if (odd.length === 0) return fields
  const texts = Object.fromEntries(odd.map(([key, value]) => [key, JSON.stringify(value)]))
  return { ...fields, metadata: { ...metadata, annotations: { ...annotations, ...texts } } }
}

/** Elements of lists stay, null or not: which one is missing is for the reader to say. */
function withoutNulls(value: Value): Value {
  if (Array.isArray(value)) {
    const items = value.map(withoutNulls)
    return items.some((item, index) => item !== value[index]) ? items : value
  }
  if (!isFields(value)) return value
  let changed: Record<string, Value> | undefined
  for (const [key, field] of Object.entries(value)) {
    const kept = field === null ? null : withoutNulls(field)
    if (kept !== null && kept === field) continue
    changed ??= { ...value }
    if (kept === null) delete changed[key]
    else setField(changed, key, kept)
  }
  return changed ?? value
}

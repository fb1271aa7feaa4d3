// An object as the API server would store it, where the manifest differs without being wrong.
import { isFields, type Fields, type Value } from '../../io/yaml-print.ts'
import { PREFIX } from '../../../mirror/annotations.ts'
import { setField } from './value.ts'

/**
 * Without null fields, and with foreign annotations as strings: those are not ours to refuse. Returns the object itself, and its
 * parts, where nothing differs.
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

/** Keeps null elements of lists: the reader reports which one is empty. */
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

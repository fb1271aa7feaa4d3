// Keeps the owners of a route's rules when we edit them. Pure.

/** Of an object's metadata: who wrote which fields. `fieldsV1` is a set of field paths. */
export interface ManagedFields {
  readonly manager?: string
  readonly operation?: string
  readonly apiVersion?: string
  readonly fieldsV1?: Readonly<Record<string, unknown>>
}

/**
 * The managed fields after our edit as if it had not touched the rules: their owners `before` own them again, and `fieldManager` does
 * not. Admission's edits leave them alone in the same way.
 */
export function giveBackRules(
  before: readonly ManagedFields[],
  after: readonly ManagedFields[],
  fieldManager: string,
  rulesAt: 'http' | 'rules' = 'http'
): ManagedFields[] {
  const rules = `f:${rulesAt}`
  const owners = before.filter((entry) => rules in specOf(entry) && entry.manager !== fieldManager)
  const kept = after
    .flatMap((entry) => (entry.manager === fieldManager ? withoutRules(entry, rules) : [entry]))
    .map((entry) => (owners.some((owner) => sameManager(owner, entry)) ? withRules(entry, rules) : entry))
  // An owner of nothing else has lost its entry.
  const lost = owners.filter((owner) => !after.some((entry) => sameManager(owner, entry)))
  return [...kept, ...lost.map((entry) => ({ ...entry, fieldsV1: { 'f:spec': { [rules]: {} } } }))]
}

/** Annotations that an apply by `fieldManager` without them would remove: no one else owns them. */
export function annotationsOnlyOf(fieldManager: string, fields: readonly ManagedFields[]): string[] {
  const isOurs = ({ manager, operation }: ManagedFields) => manager === fieldManager && operation === 'Apply'
  const others = new Set(fields.filter((entry) => !isOurs(entry)).flatMap(annotationsOf))
  const ours = fields.filter(isOurs).flatMap(annotationsOf)
  return ours.filter((key) => !others.has(key))
}

/**
 * The managed fields of what `fieldManager` has just created as if it had applied its annotations `keys`: its next apply removes those
 * that are not in it, and what it did not apply stays.
 */
export function asApplied(
  fields: readonly ManagedFields[],
  fieldManager: string,
  keys: readonly string[]
): ManagedFields[] {
  const creator = fields.find(({ manager, operation }) => manager === fieldManager && operation === 'Update')
  if (!creator) return [...fields]
  const applied = Object.fromEntries(keys.map((key) => [`f:${key}`, {}]))
  const { 'f:annotations': annotations = {}, ...metadata } = within(creator.fieldsV1, 'f:metadata')
  const others = Object.entries(annotations as Fields).filter(([key]) => !(key in applied))
  const rest = { ...metadata, ...(others.length > 0 && { 'f:annotations': Object.fromEntries(others) }) }
  return [
    ...fields.map((entry) =>
      entry === creator ? { ...entry, fieldsV1: { ...entry.fieldsV1, 'f:metadata': rest } } : entry
    ),
    { ...creator, operation: 'Apply', fieldsV1: { 'f:metadata': { 'f:annotations': applied } } }
  ]
}

/** Managers of an annotation other than `fieldManager`. */
export function otherManagersOf(annotation: string, fields: readonly ManagedFields[], fieldManager: string): string[] {
  const others = fields.filter((entry) => entry.manager !== fieldManager && annotationsOf(entry).includes(annotation))
  return [...new Set(others.flatMap(({ manager }) => manager ?? []))]
}

function specOf({ fieldsV1 }: ManagedFields): Fields {
  return within(fieldsV1, 'f:spec')
}

function annotationsOf({ fieldsV1 }: ManagedFields): string[] {
  const keys = Object.keys(within(within(fieldsV1, 'f:metadata'), 'f:annotations'))
  return keys.filter((key) => key !== '.').map((key) => key.replace(/^f:/, ''))
}

type Fields = Readonly<Record<string, unknown>>

function within(fields: Fields | undefined, key: string): Fields {
  const found = fields?.[key]
  return typeof found === 'object' && found !== null ? (found as Fields) : {} // what is no object has no fields
}

function sameManager(a: ManagedFields, b: ManagedFields): boolean {
  return a.manager === b.manager && a.operation === b.operation && a.apiVersion === b.apiVersion
}

function withRules(entry: ManagedFields, rules: string): ManagedFields {
  return { ...entry, fieldsV1: { ...entry.fieldsV1, 'f:spec': { ...specOf(entry), [rules]: {} } } }
}

/** Drops an entry that owns nothing else. */
function withoutRules(entry: ManagedFields, rules: string): ManagedFields[] {
  const { 'f:spec': _, ...others } = entry.fieldsV1 ?? {}
  const { [rules]: __, ...rest } = specOf(entry)
  const left = { ...others, ...(Object.keys(rest).some((key) => key !== '.') && { 'f:spec': rest }) }
  return Object.keys(left).length > 0 ? [{ ...entry, fieldsV1: left }] : []
}

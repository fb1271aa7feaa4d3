// Which pods to follow and in which role: one selection for each set of pods.
import { formatSelector } from '../resources/pods.ts'
import type { Version } from '../resources/versions.ts'
import type { Role } from './origin.ts'

export interface Selection {
  readonly key: string
  readonly role: Role
  readonly version: string
  readonly namespace: string
  readonly selector: Readonly<Record<string, string>>
}

/** A version that both serves callers and gets copies is one selection. Versions without a selector are left out. */
export function selectionsOf(versions: readonly Version[]): Selection[] {
  const selections = new Map<string, Selection>()
  for (const { role, label, namespace, selector } of versions) {
    if (selector === undefined) continue
    const key = `${namespace}/${formatSelector(selector)}`
    const other = selections.get(key)
    const both = other !== undefined && other.role !== role
    selections.set(key, { key, role: both ? 'both' : role, version: other?.version ?? label, namespace, selector })
  }
  return [...selections.values()]
}

// Which pods to follow, and as what: the versions of a VirtualService, each selection once.
import { formatSelector } from '../resources/pods.ts'
import type { Version } from '../resources/versions.ts'
import type { Role } from './origin.ts'

/** One selection of pods. */
export interface Selection {
  readonly key: string
  readonly role: Role
  readonly version: string
  readonly namespace: string
  readonly selector: Readonly<Record<string, string>>
}

/** A version that both answers and gets copies is one source. Versions without pods of their own give none. */
export function selectionsOf(versions: readonly Version[]): Selection[] {
  const sources = new Map<string, Selection>()
  for (const { role, label, namespace, selector } of versions) {
    if (selector === undefined) continue
    const key = `${namespace}/${formatSelector(selector)}`
    const other = sources.get(key)
    const both = other !== undefined && other.role !== role
    sources.set(key, { key, role: both ? 'both' : role, version: other?.version ?? label, namespace, selector })
  }
  return [...sources.values()]
}

// Which pods to follow and in which role; where lines come from, with the label and colour that show it. Knows no line.
import { formatSelector } from '../resources/pods.ts'
import type { Version } from '../resources/versions.ts'

/** One container of one pod. */
export interface Origin {
  readonly role: Role
  readonly version: string
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly node: string
  /** More than one container of this pod is shown. */
  readonly isOneOfSeveral: boolean
}

/** `both`: serves callers and gets copies, like a version of a weighted split that is also the mirror. */
export type Role = 'live' | 'mirror' | 'both'

const WIDEST = 'mirror'.length

/** `live   v1 httpbin-v1-6f5c9b-x7k2p`: the role is a word too, so that no reader depends on colours. */
export function labelOf({ role, version, pod, container, isOneOfSeveral }: Origin): string {
  return `${role.padEnd(WIDEST)} ${version} ${pod}${isOneOfSeveral ? ` ${container}` : ''}`
}

/** SGR codes: cool colours are live, warm ones mirrors; the pods of a version differ in shade. */
const SHADES: Readonly<Record<Role, readonly number[]>> = {
  live: [36, 34, 32, 96, 94, 92],
  mirror: [33, 35, 31, 93, 95, 91],
  both: [37, 97]
}

export function colourOf({ role, pod }: Origin): number {
  let hash = 0
  for (const letter of pod) hash = (hash * 31 + letter.codePointAt(0)!) >>> 0
  const shades = SHADES[role]
  return shades[hash % shades.length]!
}

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

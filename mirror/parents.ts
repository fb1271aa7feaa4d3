// The parents of an HTTPRoute, and which implementations serve it for them, by its status. Judges none.
import { GATEWAY_API } from './kind-of.ts'
import type { RouteObject } from './route-kind.ts'

export interface ParentRef {
  readonly group?: string | null
  readonly kind?: string | null
  readonly name?: string | null
  readonly namespace?: string | null
}

/** The API stores no more, in `spec` or `status`. */
const MOST_PARENTS = 32

export function parentsOf({ spec }: RouteObject): readonly ParentRef[] {
  return ((spec?.['parentRefs'] ?? []) as readonly ParentRef[]).slice(0, MOST_PARENTS) // shape.ts saw to it
}

export function isGateway({ group, kind }: ParentRef): boolean {
  return (group ?? GATEWAY_API) === GATEWAY_API && (kind ?? 'Gateway') === 'Gateway'
}

/** Only Istio has it as a parent. */
export function isServiceEntry({ group, kind }: ParentRef): boolean {
  return group === 'networking.istio.io' && kind === 'ServiceEntry'
}

export function isService({ group, kind }: ParentRef): boolean {
  return group === '' && kind === 'Service'
}

/** The distinct names of those that serve it for such parents; none has reported yet: empty. */
export function controllersOf({ status }: RouteObject, isWanted: (parent: ParentRef) => boolean): string[] {
  const { parents } = (status ?? {}) as { readonly parents?: readonly StatusOfParent[] | null } // shape.ts saw to it
  const named = (parents ?? []).slice(0, MOST_PARENTS)
  return [...new Set(named.flatMap((one) => (isWanted(one.parentRef ?? {}) ? (one.controllerName ?? []) : [])))]
}

interface StatusOfParent {
  readonly controllerName?: string | null
  readonly parentRef?: ParentRef | null
}

// Which kind of route an object is, and its rules. Knows no mirror.
import { HTTP_ROUTE } from './http-route.ts'
import { placeOf, type Place } from './host.ts'
import type { RawRule, RouteKind, RouteObject } from './route-kind.ts'
import { VIRTUAL_SERVICE } from './virtual-service-kind.ts'
import type { HttpRule } from './virtual-service.ts'

export const GATEWAY_API = 'gateway.networking.k8s.io'

/** What is no HTTPRoute is read as a VirtualService. Its fields may be of any type. */
export function kindOf({ apiVersion, kind }: RouteObject): RouteKind {
  const isGatewayApi = typeof apiVersion === 'string' && apiVersion.startsWith(`${GATEWAY_API}/`)
  return isGatewayApi && kind === HTTP_ROUTE.name ? HTTP_ROUTE : VIRTUAL_SERVICE
}

export function rulesOf(object: RouteObject): readonly RawRule[] {
  return (object.spec?.[kindOf(object).rulesAt] ?? []) as readonly RawRule[] // shape.ts saw to it
}

/** As Istio reads them (see route-kind.ts). */
export function readRules(object: RouteObject, place: Place = placeOf(object)): readonly HttpRule[] {
  const { read } = kindOf(object)
  return rulesOf(object).map((rule) => read(rule, place))
}

/** The same object with other rules; the rest is shared. */
export function withRules<T extends RouteObject>(object: T, rules: readonly RawRule[]): T {
  return { ...object, spec: { ...object.spec, [kindOf(object).rulesAt]: rules } }
}

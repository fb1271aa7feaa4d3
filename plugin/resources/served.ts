// A route as its callers meet it: the hosts that they call, and the rules in the order in which they are tried. Istio makes
// VirtualServices of an HTTPRoute in the same way (sortHTTPRoutes in pilot/pkg/config/kube/gateway). Pure.
import { CLUSTER_DOMAIN, fullHost, placeOf } from '../../mirror/host.ts'
import { readRules, rulesOf } from '../../mirror/kind-of.ts'
import { isService, parentsOf, type ParentRef } from '../../mirror/parents.ts'
import type { RawRule } from '../../mirror/route-kind.ts'
import type { HttpMatch, HttpRule, VirtualService } from '../../mirror/virtual-service.ts'
import { isRoute, type StoredVirtualService } from './virtual-services.ts'

/** The VirtualService itself, or what Istio makes of an HTTPRoute. Other HTTPRoutes of its parents are not looked at. */
export function asServed(object: StoredVirtualService): VirtualService {
  if (!isRoute(object)) return object
  const read = readRules(object)
  const branches = rulesOf(object).flatMap((rule, index) => branchesOf(rule, read[index] ?? {}))
  const http = branches.toSorted((one, other) => compareKeys(one.key, other.key)).map(({ rule }) => rule)
  return { metadata: object.metadata, spec: { hosts: hostsOf(object), http } }
}

/** The Service that callers in the mesh call, and its port, if the parent names one; undefined where every parent is a Gateway. */
export function calledService(
  object: StoredVirtualService
): { readonly name: string; readonly namespace: string; readonly port?: number } | undefined {
  const parent: (ParentRef & { readonly port?: number | null }) | undefined = parentsOf(object).find(isService)
  if (!parent?.name) return undefined
  const { name, namespace, port } = parent
  return { name, namespace: namespace || object.metadata.namespace, ...(port && { port }) }
}

/** In the mesh `hostnames` do not count. Through a Gateway and without any, every host. */
function hostsOf(object: StoredVirtualService): string[] {
  const parents = parentsOf(object)
  const { namespace: own } = placeOf(object)
  const services = parents.filter(isService)
  const called = services.map(({ name, namespace }) => fullHost(name ?? '', namespace || own, CLUSTER_DOMAIN))
  if (services.length === parents.length) return called
  const hostnames = (object.spec?.['hostnames'] ?? []) as readonly string[] // the API server has checked its type
  return hostnames.length > 0 ? [...called, ...hostnames] : ['*']
}

interface Match {
  readonly path?: { readonly type?: string | null; readonly value?: string | null } | null
  readonly method?: string | null
  readonly headers?: readonly object[] | null
  readonly queryParams?: readonly { readonly name?: string; readonly value?: string }[] | null
}

/** The greater comes first; of equals the one that stands first. */
type Key = readonly number[]

/** Each match of a rule is tried by itself. */
function branchesOf(raw: RawRule, { match, ...rule }: HttpRule): { rule: HttpRule; key: Key }[] {
  const { matches, filters } = raw as {
    readonly matches?: readonly Match[] | null
    readonly filters?: readonly Filter[] | null
  } // as the API has it
  const rewrite = rewriteOf(filters ?? [])
  return (matches?.length ? matches : [{}]).map((one, index) => ({
    key: keyOf(one),
    rule: {
      ...rule,
      ...(rewrite && { rewrite }),
      match: pathsOf(one).map((uri) => ({ ...match?.[index], ...uri, ...queryOf(one) }))
    }
  }))
}

const RANKS: Readonly<Record<string, number>> = { Exact: 3, PathPrefix: 2, RegularExpression: 1 }

function keyOf({ path, method, headers, queryParams }: Match): Key {
  const { type, value } = path ?? {}
  const rank = RANKS[type ?? 'PathPrefix'] ?? 0
  return [rank, (value ?? '/').length, method ? 1 : 0, headers?.length ?? 0, queryParams?.length ?? 0]
}

function compareKeys(one: Key, other: Key): number {
  const at = one.findIndex((part, index) => part !== other[index])
  return at === -1 ? 0 : (other[at] ?? 0) - (one[at] ?? 0)
}

/** A prefix ends at a slash: `/api` is not one of `/apis`. */
function pathsOf({ path }: Match): Pick<HttpMatch, 'uri'>[] {
  const { type, value } = path ?? {}
  if (type === 'Exact') return [{ uri: { exact: value ?? '/' } }]
  if (type === 'RegularExpression') return [{ uri: { regex: value ?? '/' } }]
  const prefix = (value ?? '/').replace(/\/$/, '')
  return prefix === '' ? [{}] : [{ uri: { exact: prefix } }, { uri: { prefix: `${prefix}/` } }]
}

function queryOf({ queryParams }: Match): Pick<HttpMatch, 'queryParams'> {
  if (!queryParams?.length) return {}
  return { queryParams: Object.fromEntries(queryParams.map(({ name = '', value = '' }) => [name, { exact: value }])) }
}

interface Filter {
  readonly type?: string
  readonly urlRewrite?: { readonly path?: object | null; readonly hostname?: string | null } | null
}

/** Which path comes of it does not matter here. */
function rewriteOf(filters: readonly Filter[]): { readonly uri?: string; readonly authority?: string } | undefined {
  const { path, hostname } = filters.find(({ type }) => type === 'URLRewrite')?.urlRewrite ?? {}
  return path || hostname ? { ...(path && { uri: '/' }), ...(hostname && { authority: hostname }) } : undefined
}

// Finds the VirtualService or HTTPRoute that a user names, and where it is in the API. Reads nothing of its rules.
import type { ManagedFields } from '../../mirror/managed-fields.ts'
import { CLUSTER_DOMAIN, resolveHost, sameHost } from '../../mirror/host.ts'
import { GATEWAY_API } from '../../mirror/kind-of.ts'
import type { RouteKind } from '../../mirror/route-kind.ts'
import type { VirtualService } from '../../mirror/virtual-service.ts'
import type { Cluster, Query } from '../client/client.ts'
import { ApiError, isNotFound, unlessRefused, UserError } from '../io/errors.ts'

export const KIND = 'virtualservice.networking.istio.io'
const ROUTE = `httproute.${GATEWAY_API}`
export const DESTINATION_RULE = 'destinationrule.networking.istio.io'

/** One that is stored, or an HTTPRoute: it has a name, a namespace and a version. Of its rules read `readRules`. */
export interface StoredVirtualService extends VirtualService {
  readonly metadata: VirtualService['metadata'] & {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
    readonly labels?: Readonly<Record<string, string>>
    readonly managedFields?: readonly ManagedFields[]
  }
}

export type Kind = RouteKind['name']

export function isRoute({ kind }: { readonly kind?: string | undefined }): boolean {
  return kind === 'HTTPRoute'
}

export function collectionPath(namespace?: string, kind: Kind = 'VirtualService'): string {
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  return kind === 'HTTPRoute'
    ? `/apis/${GATEWAY_API}/v1${scope}/httproutes`
    : `/apis/networking.istio.io/v1${scope}/virtualservices`
}

export function destinationRulesPath(namespace: string): string {
  return `/apis/networking.istio.io/v1/namespaces/${encodeURIComponent(namespace)}/destinationrules`
}

/** The object's own collection. */
export function collectionOf(object: Named): string {
  return collectionPath(object.metadata.namespace, isRoute(object) ? 'HTTPRoute' : 'VirtualService')
}

export function objectPath(object: Named): string {
  return `${collectionOf(object)}/${encodeURIComponent(object.metadata.name)}`
}

type Named = Pick<StoredVirtualService, 'apiVersion' | 'kind' | 'metadata'>

/** `virtualservice.networking.istio.io/httpbin`, as kubectl names an object in its answers. */
export function subjectOf(object: {
  readonly kind?: string | undefined
  readonly metadata: { readonly name: string }
}): string {
  return `${isRoute(object) ? ROUTE : KIND}/${object.metadata.name}`
}

/** Lists one kind after the other, page by page; no HTTPRoutes where there are none or the user may not list them. */
export async function* listBoth(cluster: Cluster, namespace: string | undefined, query: Query) {
  yield* cluster.list<StoredVirtualService>(collectionPath(namespace), { query })
  try {
    yield* cluster.list<StoredVirtualService>(collectionPath(namespace, 'HTTPRoute'), { query })
  } catch (error) {
    if (!(error instanceof ApiError && [403, 404].includes(error.status))) throw error
  }
}

/**
 * `httpbin`, `vs/httpbin`, `httproute/httpbin`, or a host that exactly one VirtualService of the namespace serves. A name that both
 * kinds have is refused.
 */
export async function findVirtualService(cluster: Cluster, typed: string): Promise<StoredVirtualService> {
  const { kind, name } = parseName(typed)
  const path = (of: Kind) => `${collectionPath(cluster.namespace, of)}/${encodeURIComponent(name)}`
  if (kind === 'HTTPRoute') return cluster.request('GET', path('HTTPRoute'))
  const finding = cluster.request<StoredVirtualService>('GET', path('VirtualService'))
  const other = kind ? undefined : findRoute(cluster, path('HTTPRoute'))
  try {
    const [found, route] = await Promise.all([finding, other])
    if (!route) return found
    throw new UserError(
      `${JSON.stringify(name)} is a VirtualService and an HTTPRoute; write vs/${name} or httproute/${name}`
    )
  } catch (error) {
    if (!isNotFound(error)) throw error
    const route = await other
    if (route) return route
    if (error.reason === '') throw crdMissing(error)
    await refuseMissingNamespace(cluster)
    if (kind !== undefined) throw error
    return await findByHost(cluster, name, error)
  }
}

/** Undefined also where the user may not read it. */
async function findRoute(cluster: Cluster, path: string): Promise<StoredVirtualService | undefined> {
  const found = await unlessRefused(cluster.request<StoredVirtualService>('GET', path), undefined)
  return found && isRoute(found) ? found : undefined
}

/** Rather than that the object is missing: the namespace is what was mistyped. */
async function refuseMissingNamespace(cluster: Cluster): Promise<void> {
  try {
    await cluster.request('GET', `/api/v1/namespaces/${encodeURIComponent(cluster.namespace)}`)
  } catch (error) {
    if (!(error instanceof ApiError) || isNotFound(error)) throw error
  }
}

/** The API server's 404 for a path that it does not serve carries no reason. */
export function crdMissing(cause: ApiError): UserError {
  return new UserError(
    `the server doesn't have a resource type "virtualservices" in networking.istio.io/v1: install Istio 1.22 or later`,
    { cause }
  )
}

function parseName(typed: string): { kind?: Kind; name: string } {
  const [first = '', ...rest] = typed.split('/')
  if (rest.length === 0 && first !== '') return { name: first }
  const [name = ''] = rest
  if (rest.length !== 1 || name === '') {
    throw new UserError(`${JSON.stringify(typed)} is not a name; write NAME, vs/NAME, httproute/NAME or a host`)
  }
  if (/^(vs|virtualservices?)(\.(v1\w*\.)?networking\.istio\.io)?$/i.test(first))
    return { kind: 'VirtualService', name }
  if (/^httproutes?(\.(v1\w*\.)?gateway\.networking\.k8s\.io)?$/i.test(first)) return { kind: 'HTTPRoute', name }
  throw new UserError(
    `${JSON.stringify(typed)} is neither a VirtualService nor an HTTPRoute; write NAME, vs/NAME, httproute/NAME or a host`
  )
}

async function findByHost(cluster: Cluster, host: string, notFound: ApiError): Promise<StoredVirtualService> {
  const serving: StoredVirtualService[] = []
  for await (const { items } of cluster.list<StoredVirtualService>(collectionPath(cluster.namespace))) {
    for (const one of items) if (serves(one, host)) serving.push(one)
  }
  const [only, ...others] = serving
  if (only === undefined) throw notFound
  if (others.length === 0) return only
  const names = serving.map(({ metadata }) => metadata.name).join(', ')
  throw new UserError(`host ${JSON.stringify(host)} is served by several VirtualServices; name one of ${names}`)
}

function serves({ spec, metadata: { namespace } }: StoredVirtualService, host: string): boolean {
  // People may write it as short as in DNS.
  const asService = resolveHost(host, namespace) ? host : `${host.replace(/\.svc$/, '')}.svc.${CLUSTER_DOMAIN}`
  return (spec?.hosts ?? []).some(
    (one) => one === host || (!one.includes('*') && sameHost(one, namespace, asService, namespace))
  )
}

// Finds the VirtualService or HTTPRoute that a user names, and where it is in the API. Reads nothing of its rules.
import type { ManagedFields } from '../../mirror/managed-fields.ts'
import { CLUSTER_DOMAIN, resolveHost, sameHost } from '../../mirror/host.ts'
import { GATEWAY_API } from '../../mirror/kind-of.ts'
import type { VirtualService } from '../../mirror/virtual-service.ts'
import type { Cluster, Page, Query } from '../client/client.ts'
import { ApiError, isNotFound, UserError } from '../io/errors.ts'
import { asRefusal, collectionPath, isKindMissing, kindMissing, KINDS, type Kind } from './route-kinds.ts'

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

export function isRoute({ kind }: { readonly kind?: string | undefined }): boolean {
  return kind === 'HTTPRoute'
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

interface Named {
  readonly kind?: string | undefined
  readonly metadata: { readonly name: string; readonly namespace: string }
}

/** One that is yet to be stored. */
export type NewRoute = VirtualService & Named

/** `virtualservice.networking.istio.io/httpbin`, as kubectl names an object in its answers. */
export function subjectOf(object: {
  readonly kind?: string | undefined
  readonly metadata: { readonly name: string }
}): string {
  return `${isRoute(object) ? ROUTE : KIND}/${object.metadata.name}`
}

/**
 * `httpbin`, `vs/httpbin`, `httproute/httpbin`, or a host that exactly one VirtualService of the namespace serves. A name that both
 * kinds have is refused.
 */
export async function findVirtualService(cluster: Cluster, typed: string): Promise<StoredVirtualService> {
  const { kind, name } = parseName(typed)
  const asked = await Promise.all((kind ? [kind] : KINDS).map((one) => ask(cluster, one, name)))
  const [found, other] = asked.filter((one): one is StoredVirtualService => !(one instanceof ApiError))
  if (other) {
    throw new UserError(
      `${JSON.stringify(name)} is a VirtualService and an HTTPRoute; write vs/${name} or httproute/${name}`
    )
  }
  const refusals = asked.filter((one) => one instanceof ApiError)
  const forbidden = refusals.find(({ status }) => status === 403)
  if (found) {
    if (forbidden) cluster.warn(`${forbidden.message}; write ${typedName(found)} if you mean this one`)
    return found
  }
  const missing = refusals.find((one) => !isKindMissing(one) && one !== forbidden)
  if (!missing || forbidden === refusals[0]) throw forbidden ?? kindMissing(kind)
  await refuseMissingNamespace(cluster)
  const serving = kind || missing !== refusals[0] ? undefined : await findByHost(cluster, name)
  if (!serving && forbidden) cluster.warn(forbidden.message)
  if (!serving) throw missing
  return serving
}

/**
 * Objects of both kinds, one kind after the other, page by page. One that the server does not have has none; one that the user may not
 * list is warned of, unless there is no other.
 */
export async function* listBoth(
  cluster: Cluster,
  namespace: string | undefined,
  query: Query
): AsyncGenerator<Page<StoredVirtualService>> {
  const refusals: ApiError[] = []
  for (const kind of KINDS) {
    try {
      yield* cluster.list<StoredVirtualService>(collectionPath(namespace, kind), { query })
    } catch (error) {
      refusals.push(await asRefusal(cluster, kind, error))
    }
  }
  const forbidden = refusals.filter((one) => !isKindMissing(one))
  if (refusals.length === KINDS.length) throw forbidden[0] ?? kindMissing()
  for (const { message } of forbidden) cluster.warn(message)
}

/** As a user types it, for kubectl or the plugin, to mean no other: `httproute/httpbin`. */
export function typedName(object: Named): string {
  return `${isRoute(object) ? 'httproute' : 'virtualservice'}/${object.metadata.name}`
}

async function ask(cluster: Cluster, kind: Kind, name: string): Promise<StoredVirtualService | ApiError> {
  const path = `${collectionPath(cluster.namespace, kind)}/${encodeURIComponent(name)}`
  return cluster.request<StoredVirtualService>('GET', path).catch((error: unknown) => asRefusal(cluster, kind, error))
}

/** Rather than that the object is missing: the namespace is what was mistyped. */
async function refuseMissingNamespace(cluster: Cluster): Promise<void> {
  try {
    await cluster.request('GET', `/api/v1/namespaces/${encodeURIComponent(cluster.namespace)}`)
  } catch (error) {
    if (!(error instanceof ApiError) || isNotFound(error)) throw error
  }
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

/** Undefined: none serves it. */
export async function findByHost(cluster: Cluster, host: string): Promise<StoredVirtualService | undefined> {
  const serving: StoredVirtualService[] = []
  for await (const { items } of cluster.list<StoredVirtualService>(collectionPath(cluster.namespace))) {
    for (const one of items) if (serves(one, host)) serving.push(one)
  }
  if (serving.length <= 1) return serving[0]
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

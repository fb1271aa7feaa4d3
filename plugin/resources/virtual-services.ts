// Finds the VirtualService that a user names, and where it is in the API. Reads nothing of its rules.
import type { ManagedFields } from '../../mirror/managed-fields.ts'
import { CLUSTER_DOMAIN, resolveHost, sameHost } from '../../mirror/host.ts'
import type { VirtualService } from '../../mirror/virtual-service.ts'
import type { Cluster } from '../client/client.ts'
import { ApiError, isNotFound, UserError } from '../io/errors.ts'

/** As kubectl names an object in its answers. */
export const KIND = 'virtualservice.networking.istio.io'
export const DESTINATION_RULE = 'destinationrule.networking.istio.io'

/** One that is stored: it has a name, a namespace and a version. */
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

export function collectionPath(namespace?: string): string {
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  return `/apis/networking.istio.io/v1${scope}/virtualservices`
}

export function objectPath({ metadata }: Pick<StoredVirtualService, 'metadata'>): string {
  return `${collectionPath(metadata.namespace)}/${encodeURIComponent(metadata.name)}`
}

/** `httpbin`, `vs/httpbin`, or a host that exactly one VirtualService of the namespace serves. */
export async function findVirtualService(cluster: Cluster, typed: string): Promise<StoredVirtualService> {
  const { kind, name } = parseName(typed)
  try {
    return await cluster.request('GET', `${collectionPath(cluster.namespace)}/${encodeURIComponent(name)}`)
  } catch (error) {
    if (!isNotFound(error)) throw error
    if (error.reason === '') throw crdMissing(error)
    await refuseMissingNamespace(cluster)
    if (kind !== undefined) throw error
    return await findByHost(cluster, name, error)
  }
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

function parseName(typed: string): { kind?: string; name: string } {
  const [first = '', ...rest] = typed.split('/')
  if (rest.length === 0 && first !== '') return { name: first }
  const [name = ''] = rest
  if (rest.length !== 1 || name === '') {
    throw new UserError(`${JSON.stringify(typed)} is not a name; write NAME, vs/NAME or a host`)
  }
  if (!/^(vs|virtualservices?)(\.(v1\w*\.)?networking\.istio\.io)?$/i.test(first)) {
    throw new UserError(`${JSON.stringify(typed)} is not a VirtualService; write NAME, vs/NAME or a host`)
  }
  return { kind: first, name }
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

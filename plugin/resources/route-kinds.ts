// The two kinds of routes in the API: where their objects are, whether the server has the kind, and whether the user may read it.
import { GATEWAY_API } from '../../mirror/kind-of.ts'
import type { RouteKind } from '../../mirror/route-kind.ts'
import type { Cluster } from '../client/client.ts'
import { ApiError, unlessRefused, UserError } from '../io/errors.ts'

export type Kind = RouteKind['name']

export const KINDS: readonly Kind[] = ['VirtualService', 'HTTPRoute']

const PLACES: Readonly<Record<Kind, { readonly group: string; readonly plural: string; readonly install: string }>> = {
  VirtualService: {
    group: 'networking.istio.io/v1',
    plural: 'virtualservices',
    install: 'install Istio 1.22 or later'
  },
  HTTPRoute: {
    group: `${GATEWAY_API}/v1`,
    plural: 'httproutes',
    install: 'install the Gateway API 1.0 or later'
  }
}

export function collectionPath(namespace?: string, kind: Kind = 'VirtualService'): string {
  const { group, plural } = PLACES[kind]
  return `/apis/${group}${namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`}/${plural}`
}

/** Of a request for a kind; any other error is thrown. Who has no right to a kind gets 403 whether the server has it or not. */
export async function asRefusal(cluster: Cluster, kind: Kind, error: unknown): Promise<ApiError> {
  if (!(error instanceof ApiError) || ![403, 404].includes(error.status)) throw error
  return error.status === 403 && !(await isServed(cluster, kind)) ? new ApiError(404, {}) : error
}

/** The API server's 404 for a path that it does not serve carries no reason. */
export function isKindMissing({ status, reason }: ApiError): boolean {
  return status === 404 && reason === ''
}

/** Without a kind: the server has neither. */
export function kindMissing(kind?: Kind): UserError {
  const kinds = kind ? [kind] : KINDS
  const found = kinds.map((one) => `"${PLACES[one].plural}" in ${PLACES[one].group}`)
  const remedy = kinds.map((one) => PLACES[one].install)
  return new UserError(`the server doesn't have a resource type ${found.join(' or ')}: ${remedy.join(', or ')}`)
}

/** True also where the user may not ask. */
export async function isServed(cluster: Cluster, kind: Kind): Promise<boolean> {
  const { group, plural } = PLACES[kind]
  const asking = cluster.request<ResourceList>('GET', `/apis/${group}`)
  const found = await unlessRefused(unlessRefused<ResourceList, ResourceList>(asking, {}, 404), undefined)
  return !found || found.resources?.some(({ name }) => name === plural) === true
}

/** A group's version, as the API server describes it. */
export interface ResourceList {
  readonly resources?: readonly { readonly name: string }[] | null
}

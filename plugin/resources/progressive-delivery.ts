// Which other controller manages a VirtualService or HTTPRoute: Flagger and Argo Rollouts rewrite it, and would undo a mirror.
import type { Cluster } from '../client/client.ts'
import { kindOf } from '../../mirror/kind-of.ts'
import { unlessRefused, UserError } from '../io/errors.ts'
import { isRoute, type StoredVirtualService } from './virtual-services.ts'

/** `Canary podinfo (Flagger)`; undefined: none does, or the user may not look. */
export async function findOwner(cluster: Cluster, object: StoredVirtualService): Promise<string | undefined> {
  return flaggerOwner(object) ?? (await rolloutOwners(cluster, object.metadata.namespace)).get(ownedKey(object))
}

/** Refuses, unless `force` is given. */
export async function refuseOwned(cluster: Cluster, object: StoredVirtualService, force: boolean): Promise<void> {
  const owner = force ? undefined : await findOwner(cluster, object)
  if (owner === undefined) return
  throw new UserError(
    `${kindOf(object).name} ${JSON.stringify(object.metadata.name)} is managed by ${owner}, which would rewrite or undo the ` +
      'mirror; configure mirroring there, or use --force'
  )
}

/** Of an object, in `rolloutOwners`. */
export function ownedKey(object: StoredVirtualService): string {
  const { namespace, name } = object.metadata
  return `${isRoute(object) ? 'HTTPRoute ' : ''}${namespace}/${name}`
}

/** Flagger makes the object itself and owns it. */
export function flaggerOwner({ metadata }: StoredVirtualService): string | undefined {
  const references = (metadata.ownerReferences ?? []) as readonly Readonly<
    Record<'apiVersion' | 'kind' | 'name', string>
  >[] // kube-apiserver validates them
  const canary = references.find(({ apiVersion, kind }) => kind === 'Canary' && apiVersion.startsWith('flagger.app/'))
  return canary && `Canary ${canary.name} (Flagger)`
}

/** Argo Rollouts is given the names of existing ones: `ownedKey` -> Rollout, of one namespace or of all. */
export async function rolloutOwners(cluster: Cluster, namespace?: string): Promise<ReadonlyMap<string, string>> {
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  const owners = new Map<string, string>()
  const listing = Array.fromAsync(cluster.list<Rollout>(`/apis/argoproj.io/v1alpha1${scope}/rollouts`))
  // Not installed, or the user may not read it.
  for (const rollout of (await unlessRefused(listing, [], 403, 404)).flatMap(({ items }) => items)) {
    const { name, namespace: where } = rollout.metadata
    const owner = `Rollout ${name} (Argo Rollouts)`
    for (const driven of drivenBy(rollout)) owners.set(`${where}/${driven}`, owner)
    for (const driven of routesDrivenBy(rollout)) owners.set(`HTTPRoute ${where}/${driven}`, owner)
  }
  return owners
}

function drivenBy({ spec }: Rollout): string[] {
  const istio = spec?.strategy?.canary?.trafficRouting?.istio
  return [istio?.virtualService, ...(istio?.virtualServices ?? [])].flatMap((one) => one?.name ?? [])
}

/** By Argo's plugin for the Gateway API. */
function routesDrivenBy({ spec }: Rollout): string[] {
  const { httpRoute, httpRoutes } = spec?.strategy?.canary?.trafficRouting?.plugins?.['argoproj-labs/gatewayAPI'] ?? {}
  return [httpRoute, ...(httpRoutes ?? []).map(({ name }) => name)].flatMap((one) => one ?? [])
}

interface Rollout {
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec?: {
    readonly strategy?: {
      readonly canary?: {
        readonly trafficRouting?: {
          readonly plugins?: {
            readonly 'argoproj-labs/gatewayAPI'?: {
              readonly httpRoute?: string
              readonly httpRoutes?: readonly { readonly name?: string }[]
            }
          }
          readonly istio?: {
            readonly virtualService?: { readonly name?: string }
            readonly virtualServices?: readonly { readonly name?: string }[]
          }
        }
      }
    }
  }
}

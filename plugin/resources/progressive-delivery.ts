// Which other controller manages a VirtualService or HTTPRoute: Flagger and Argo Rollouts rewrite it, and would undo a mirror.
import type { Cluster } from '../client/client.ts'
import { kindOf } from '../../mirror/kind-of.ts'
import { unlessRefused, UserError } from '../io/errors.ts'
import { isRoute, type StoredVirtualService } from './virtual-services.ts'
import { selects, type LabelSelector } from './webhook-presence.ts'

/** `Canary podinfo (Flagger)`; undefined: none does, or the user may not look. */
export async function findOwner(cluster: Cluster, object: StoredVirtualService): Promise<string | undefined> {
  return ownerByMetadata(object) ?? (await rolloutOwners(cluster, object.metadata.namespace))(object)
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

/** What the object itself says: Flagger owns it, and Argo's plugin marks an HTTPRoute while a canary runs. */
export function ownerByMetadata(object: StoredVirtualService): string | undefined {
  const { labels, annotations } = object.metadata
  const [active] = annotations?.['rollouts.argoproj.io/gatewayapi-active-rollouts']?.split(',') ?? []
  if (active) return describeRollout(active.replace(/^.*\//, '').trim())
  return labels?.['rollouts.argoproj.io/gatewayapi-canary'] ? 'a Rollout (Argo Rollouts)' : flaggerOwner(object)
}

/** Flagger makes the object itself and owns it. */
function flaggerOwner({ metadata }: StoredVirtualService): string | undefined {
  const references = (metadata.ownerReferences ?? []) as readonly Readonly<
    Record<'apiVersion' | 'kind' | 'name', string>
  >[] // kube-apiserver validates them
  const canary = references.find(({ apiVersion, kind }) => kind === 'Canary' && apiVersion.startsWith('flagger.app/'))
  return canary && `Canary ${canary.name} (Flagger)`
}

/** Which Rollout drives an object. Argo Rollouts is given the names of existing ones, or a selector. `namespace`: absent, all. */
export async function rolloutOwners(
  cluster: Cluster,
  namespace?: string
): Promise<(object: StoredVirtualService) => string | undefined> {
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  const listing = Array.fromAsync(cluster.list<Rollout>(`/apis/argoproj.io/v1alpha1${scope}/rollouts`))
  // Not installed, or the user may not read it.
  const rollouts = (await unlessRefused(listing, [], 403, 404)).flatMap(({ items }) => items)
  return (object) => {
    const drives = isRoute(object) ? drivesRoute : drivesVirtualService
    const owner = rollouts.find((rollout) => drives(rollout, object))
    return owner && describeRollout(owner.metadata.name)
  }
}

function describeRollout(name: string): string {
  return `Rollout ${name} (Argo Rollouts)`
}

function drivesVirtualService(
  { metadata, spec }: Rollout,
  { metadata: { namespace, name } }: StoredVirtualService
): boolean {
  const istio = spec?.strategy?.canary?.trafficRouting?.istio
  const driven = [istio?.virtualService, ...(istio?.virtualServices ?? [])]
  return metadata.namespace === namespace && driven.some((one) => one?.name === name)
}

/** By Argo's plugin for the Gateway API. */
function drivesRoute(
  { metadata, spec }: Rollout,
  { metadata: { namespace, name, labels = {} } }: StoredVirtualService
): boolean {
  const config = spec?.strategy?.canary?.trafficRouting?.plugins?.['argoproj-labs/gatewayAPI'] ?? {}
  if ((config.namespace || metadata.namespace) !== namespace) return false
  const { httpRoute, httpRoutes, httpRouteSelector } = config
  const isNamed = httpRoute === name || httpRoutes?.some((one) => one.name === name)
  return isNamed === true || (httpRouteSelector !== undefined && selects(httpRouteSelector, labels))
}

interface Rollout {
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec?: {
    readonly strategy?: {
      readonly canary?: {
        readonly trafficRouting?: {
          readonly plugins?: {
            readonly 'argoproj-labs/gatewayAPI'?: {
              /** Absent: the Rollout's. */
              readonly namespace?: string
              readonly httpRoute?: string
              readonly httpRoutes?: readonly { readonly name?: string }[]
              readonly httpRouteSelector?: LabelSelector
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

// Which other controller manages a VirtualService: Flagger and Argo Rollouts rewrite it, and would undo a mirror.
import type { Cluster } from '../client/client.ts'
import { unlessRefused, UserError } from '../io/errors.ts'
import type { StoredVirtualService } from './virtual-services.ts'

/** `Canary podinfo (Flagger)`; undefined: none does, or the user may not look. */
export async function findOwner(cluster: Cluster, object: StoredVirtualService): Promise<string | undefined> {
  const { name, namespace } = object.metadata
  return flaggerOwner(object) ?? (await rolloutOwners(cluster, namespace)).get(`${namespace}/${name}`)
}

/** Refuses, unless `force` is given. */
export async function refuseOwned(cluster: Cluster, object: StoredVirtualService, force: boolean): Promise<void> {
  const owner = force ? undefined : await findOwner(cluster, object)
  if (owner === undefined) return
  throw new UserError(
    `VirtualService ${JSON.stringify(object.metadata.name)} is managed by ${owner}, which would rewrite or undo the ` +
      'mirror; configure mirroring there, or use --force'
  )
}

/** Flagger makes the VirtualService itself and owns it. */
export function flaggerOwner({ metadata }: StoredVirtualService): string | undefined {
  const references = (metadata.ownerReferences ?? []) as readonly Readonly<
    Record<'apiVersion' | 'kind' | 'name', string>
  >[] // kube-apiserver validates them
  const canary = references.find(({ apiVersion, kind }) => kind === 'Canary' && apiVersion.startsWith('flagger.app/'))
  return canary && `Canary ${canary.name} (Flagger)`
}

/** Argo Rollouts is given the names of existing ones: `namespace/name` -> Rollout, of one namespace or of all. */
export async function rolloutOwners(cluster: Cluster, namespace?: string): Promise<ReadonlyMap<string, string>> {
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  const owners = new Map<string, string>()
  const listing = Array.fromAsync(cluster.list<Rollout>(`/apis/argoproj.io/v1alpha1${scope}/rollouts`))
  // Not installed, or the user may not read it.
  for (const rollout of (await unlessRefused(listing, [], 403, 404)).flatMap(({ items }) => items)) {
    const { name, namespace: where } = rollout.metadata
    for (const driven of drivenBy(rollout)) owners.set(`${where}/${driven}`, `Rollout ${name} (Argo Rollouts)`)
  }
  return owners
}

function drivenBy({ spec }: Rollout): string[] {
  const istio = spec?.strategy?.canary?.trafficRouting?.istio
  return [istio?.virtualService, ...(istio?.virtualServices ?? [])].flatMap((one) => one?.name ?? [])
}

interface Rollout {
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec?: {
    readonly strategy?: {
      readonly canary?: {
        readonly trafficRouting?: {
          readonly istio?: {
            readonly virtualService?: { readonly name?: string }
            readonly virtualServices?: readonly { readonly name?: string }[]
          }
        }
      }
    }
  }
}

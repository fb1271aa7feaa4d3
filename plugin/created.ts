// Deletes what `enable --create` has made, and nothing else.
import type { Cluster } from './cluster.ts'
import { CREATED_LABEL } from './creation.ts'
import { isNotFound } from './errors.ts'
import type { Io } from './io.ts'
import { dryRunSuffix, type DryRun } from './output.ts'
import { KIND, objectPath, type StoredVirtualService } from './virtual-services.ts'

export function isCreated({ metadata }: Labelled): boolean {
  return metadata.labels?.[CREATED_LABEL] === 'true'
}

/** The VirtualService first: its rules must not outlive the subsets that they send requests to. */
export async function removeCreated(
  cluster: Cluster,
  object: StoredVirtualService,
  dryRun: DryRun,
  io: Io
): Promise<void> {
  const { name, namespace } = object.metadata
  const query = dryRun === 'server' ? { dryRun: 'All' } : {}
  const say = (kind: string) => io.stdout.write(`${kind} "${name}" deleted${dryRunSuffix(dryRun)}\n`)
  if (dryRun !== 'client') await cluster.request('DELETE', objectPath(object), { query })
  say(KIND)
  const rule = `/apis/networking.istio.io/v1/namespaces/${encodeURIComponent(namespace)}/destinationrules/${encodeURIComponent(name)}`
  const found = await cluster.request<Labelled>('GET', rule).catch((error: unknown) => {
    if (!isNotFound(error)) throw error
    return undefined
  })
  if (!found || !isCreated(found)) return
  if (dryRun !== 'client') await cluster.request('DELETE', rule, { query })
  say('destinationrule.networking.istio.io')
}

interface Labelled {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> }
}

// The VirtualService that `enable` is to annotate: one that is stored, or one that --create makes. Tried, then written.
import { parseTarget } from '../mirror/destination.ts'
import { ANNOTATIONS } from '../mirror/annotations.ts'
import { withAnnotations, type Annotations } from '../mirror/virtual-service.ts'
import type { Cluster } from './cluster.ts'
import { planCreation, type Creation } from './creation.ts'
import { isNotFound, isRefusal, UserError } from './errors.ts'
import { annotationsOnlyOf } from '../mirror/field-owners.ts'
import type { GlobalFlags } from './global-flags.ts'
import { listPods } from './pods.ts'
import { ServiceDirectory } from './services.ts'
import { suggest } from './suggest.ts'
import { collectionPath, findVirtualService, type StoredVirtualService } from './virtual-services.ts'
import { applyAnnotations } from './writes.ts'

export interface Draft {
  /** Undefined: it is to be made. */
  readonly stored?: StoredVirtualService
  /** What is said after the success line. */
  readonly consequence?: string
  /** As it would be without asking the server. */
  local(): StoredVirtualService
  /** What the server, with all that admits objects there, would store. */
  tryOut(): Promise<StoredVirtualService>
  write(): Promise<StoredVirtualService>
}

export interface DraftOptions {
  readonly annotations: Annotations
  readonly fieldManager: string
  readonly force: boolean
}

/** Of the one that --create makes. */
interface CreationOptions extends DraftOptions {
  readonly from: readonly string[]
  /** Of the run, for the command that undoes it. */
  readonly flags: GlobalFlags
  /** Of what could not be taken back. */
  readonly say: (text: string) => void
}

export async function draftFor(
  cluster: Cluster,
  name: string,
  options: CreationOptions & { readonly create: boolean }
): Promise<Draft> {
  try {
    return draftOfStored(cluster, await findVirtualService(cluster, name), options)
  } catch (error) {
    if (!options.create || !isNotFound(error) || error.body.details?.kind !== 'virtualservices') throw error
    return draftOfNew(cluster, name.replace(/^.*\//, ''), options)
  }
}

function draftOfStored(cluster: Cluster, stored: StoredVirtualService, options: DraftOptions): Draft {
  const { annotations, fieldManager } = options
  const { metadata } = stored
  const ours = annotationsOnlyOf(fieldManager, metadata.managedFields ?? [])
  const dropped = new Set([ANNOTATIONS.injected, ...ours])
  const kept = Object.entries(metadata.annotations ?? {}).filter(([key]) => !dropped.has(key))
  return {
    stored,
    local: () => withAnnotations(stored, { ...Object.fromEntries(kept), ...annotations }) as StoredVirtualService,
    tryOut: () => applyAnnotations(cluster, stored, annotations, { ...options, dryRun: true }),
    write: () => applyAnnotations(cluster, stored, annotations, { ...options, dryRun: false })
  }
}

async function draftOfNew(
  cluster: Cluster,
  name: string,
  { annotations, fieldManager, from, flags, say }: CreationOptions
): Promise<Draft> {
  const { namespace } = cluster
  const directory = new ServiceDirectory(cluster)
  const service = await directory.service({ name, namespace })
  if (!service) throw new UserError(`neither a VirtualService nor a Service ${JSON.stringify(name)} is in ${namespace}`)
  const pods = await listPods(cluster, { namespace, selector: service.selector })
  const subsets = [...(await directory.subsets(name, namespace, [namespace])).keys()]
  const creation = planCreation(service, pods, { annotations, from, to: targetSubsets(annotations), subsets })
  const rule = creation.destinationRule
  const query = { fieldManager }
  const create = (dryRun?: 'All') =>
    cluster.request<StoredVirtualService>('POST', collectionPath(namespace), {
      query: { ...query, dryRun },
      body: creation.virtualService
    })
  const rules = `/apis/networking.istio.io/v1/namespaces/${encodeURIComponent(namespace)}/destinationrules`
  return {
    consequence: describe(creation, suggest(`mirror disable ${name} --created`, flags)),
    local: () => creation.virtualService as StoredVirtualService,
    tryOut: async () => {
      if (rule) await cluster.request('POST', rules, { query: { ...query, dryRun: 'All' }, body: rule })
      return create('All')
    },
    write: async () => {
      // First the subsets, then the rule that sends requests to them: the other way round they would be lost meanwhile.
      if (rule) await cluster.request('POST', rules, { query, body: rule })
      try {
        return await create()
      } catch (error) {
        // Without the subsets a rule that was stored all the same would lose every request.
        const undo = `delete virtualservice/${name} destinationrule/${name} --ignore-not-found -n ${namespace}`
        const takeBack = () => cluster.request('DELETE', `${rules}/${encodeURIComponent(name)}`, { signal: inTime() })
        const isTakenBack = !rule || (isRefusal(error) && (await succeeds(takeBack())))
        if (!isTakenBack) say(`DestinationRule ${name} was made, and is left: ${cluster.command(undo)}`)
        throw error
      }
    }
  }
}

/** Also after Ctrl-C. */
function inTime(): AbortSignal {
  return AbortSignal.timeout(10_000)
}

function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false
  )
}

/** Targets on other hosts need no subset here. */
function targetSubsets(annotations: Annotations): string[] {
  return (annotations[ANNOTATIONS.to] ?? '').split(',').flatMap((text) => {
    const target = parseTarget(text.trim(), '')
    return Array.isArray(target) || target.host !== undefined || target.subset === undefined ? [] : [target.subset]
  })
}

function describe({ live, destinationRule, virtualService: { metadata } }: Creation, undo: string): string {
  const made = destinationRule ? 'VirtualService and DestinationRule' : 'VirtualService'
  return (
    `Made ${made} ${metadata.name}: every request to ${metadata.name} is answered by ${live} from now on.\n` +
    `They go with: ${undo}`
  )
}

// Creates the two objects of `enable --create`: first as a dry run, then for real, the subsets before the rules that use them.
import { ANNOTATIONS } from '../../mirror/annotations.ts'
import { parseTarget } from '../../mirror/target.ts'
import { edit } from '../../mirror/edit.ts'
import type { Annotations } from '../../mirror/virtual-service.ts'
import type { Cluster } from '../client/client.ts'
import { suggest } from '../client/suggest.ts'
import { ApiError, isRefusal, UserError } from '../io/errors.ts'
import type { Io } from '../io/io.ts'
import type { GlobalFlags } from '../kubeconfig/global-flags.ts'
import { listPods } from '../resources/pods.ts'
import { resolveHost, type ServiceName } from '../../mirror/host.ts'
import { ServiceDirectory, type Service } from '../resources/services.ts'
import { collectionPath, destinationRulesPath, type StoredVirtualService } from '../resources/virtual-services.ts'
import { isAboutNewSubsets, NoReadyPod, planCreation, type Creation } from './create-plan.ts'
import type { CreatedRule, PlannedWrite, WriteOptions } from './planned-write.ts'
import { pause } from './wait.ts'

export interface CreateOptions extends WriteOptions {
  readonly from: readonly string[]
  /** For the command that deletes the objects again. */
  readonly flags: GlobalFlags
  readonly warn: (text: string) => void
  readonly io: Pick<Io, 'now' | 'signal'>
  /** How long to wait for a ready pod of the live version, in epoch milliseconds; undefined: don't wait. */
  readonly deadline?: number | undefined
}

export async function planCreating(cluster: Cluster, service: Service, options: CreateOptions): Promise<PlannedWrite> {
  const { name, namespace } = service
  const { fieldManager, flags, warn, io } = options
  const creation = await planWhenReady(cluster, service, options)
  const { destinationRule, virtualService } = creation
  const rules = destinationRulesPath(namespace)
  const createRule = (dryRun?: 'All') =>
    destinationRule &&
    cluster.request<CreatedRule>('POST', rules, { query: { fieldManager, dryRun }, body: destinationRule })
  const isExpected = (text: string) => destinationRule !== undefined && isAboutNewSubsets(text, service)
  const create = (dryRun?: 'All') =>
    cluster.request<StoredVirtualService>('POST', collectionPath(namespace), {
      query: { fieldManager, dryRun },
      body: virtualService,
      quiet: isExpected
    })
  const local = (object: object) => ({
    object: object as StoredVirtualService,
    ...(destinationRule && { rule: destinationRule as CreatedRule })
  })
  return {
    consequence: describe(creation, suggest(`mirror disable ${name} --created`, flags)),
    local: () => local(virtualService),
    dryRun: async () => {
      const rule = await createRule('All')
      try {
        return { object: await create('All'), ...(rule && { rule }) }
      } catch (error) {
        // A policy may require known subsets, and a dry run stores none. The real write is checked against the real ones.
        if (denialsOf(error).every(isExpected))
          return { ...local(edit(virtualService, io.now()).result), ...(rule && { rule }) }
        throw error
      }
    },
    write: async () => {
      // The other way round, requests would fail until the subsets exist.
      const rule = await createRule()
      try {
        return { object: await create(), ...(rule && { rule }) }
      } catch (error) {
        // Delete the subsets only if the VirtualService was surely refused: without them it would lose every request.
        const remove = () => cluster.request('DELETE', `${rules}/${encodeURIComponent(name)}`, { signal: timeout() })
        const isRemoved = !rule || (isRefusal(error) && (await succeeds(remove())))
        const undo = `delete virtualservice/${name} destinationrule/${name} --ignore-not-found -n ${namespace}`
        if (!isRemoved) warn(`DestinationRule ${name} was created and remains; to delete it: ${cluster.command(undo)}`)
        throw error
      }
    }
  }
}

async function planWhenReady(
  cluster: Cluster,
  service: Service,
  { annotations, from, deadline, io }: CreateOptions
): Promise<Creation> {
  const { name, namespace, selector } = service
  const subsets = [...(await new ServiceDirectory(cluster).subsets(name, namespace, [namespace])).keys()]
  const request = { annotations, from, to: targetSubsets(annotations, service), subsets }
  for (;;) {
    const pods = await listPods(cluster, { namespace, selector })
    try {
      return planCreation(service, pods, request)
    } catch (error) {
      if (!(error instanceof NoReadyPod)) throw error
      if (deadline === undefined) throw new UserError(`${error.message}; add --wait to wait for it`)
      if (io.now().getTime() >= deadline) throw new UserError(`timed out, nothing was created: ${error.message}`)
    }
    await pause(io.signal)
  }
}

/** The lines of a webhook's denial, without the API server's prefix. */
function denialsOf(error: unknown): string[] {
  if (!(error instanceof ApiError)) return ['']
  const [, denial = ''] = error.message.split(/ denied the request: /, 2)
  return denial.trim().split('\n')
}

/** Not the run's own signal: this must work after Ctrl-C, too. */
function timeout(): AbortSignal {
  return AbortSignal.timeout(10_000)
}

function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false
  )
}

/** Subsets of the Service itself: targets on other hosts need none here. */
function targetSubsets(annotations: Annotations, { name, namespace }: ServiceName): string[] {
  const isOwn = (host: string) => {
    const found = resolveHost(host, namespace)
    return found?.name === name && found.namespace === namespace
  }
  return (annotations[ANNOTATIONS.to] ?? '').split(',').flatMap((text) => {
    const target = parseTarget(text.trim(), '')
    if (Array.isArray(target) || target.subset === undefined) return []
    return target.host === undefined || isOwn(target.host) ? [target.subset] : []
  })
}

function describe({ live, destinationRule, virtualService: { metadata } }: Creation, undo: string): string {
  const created = destinationRule ? 'VirtualService and DestinationRule' : 'VirtualService'
  return `Created ${created} ${metadata.name}: ${live} now answers every request.\nTo undo this: ${undo}`
}

// The two objects that `enable --create` makes for a Service: tried, then written, the subsets first. Decides none of their fields.
import { ANNOTATIONS } from '../../mirror/annotations.ts'
import { parseTarget } from '../../mirror/target.ts'
import { edit } from '../../mirror/edit.ts'
import type { Annotations } from '../../mirror/virtual-service.ts'
import type { Cluster } from '../client/client.ts'
import { isOfNewSubsets, NoReadyPod, planCreation, type Creation } from './create-plan.ts'
import type { Draft, DraftOptions, Made } from './enable-target.ts'
import { ApiError, isRefusal, UserError } from '../io/errors.ts'
import type { GlobalFlags } from '../kubeconfig/global-flags.ts'
import type { Io } from '../io/io.ts'
import { listPods } from '../resources/pods.ts'
import { resolveHost, type ServiceName } from '../resources/service-host.ts'
import { ServiceDirectory, type Service } from '../resources/services.ts'
import { suggest } from '../client/suggest.ts'
import { collectionPath, type StoredVirtualService } from '../resources/virtual-services.ts'
import { pause } from './wait.ts'

export interface CreationOptions extends DraftOptions {
  readonly from: readonly string[]
  /** Of the run, for the command that undoes it. */
  readonly flags: GlobalFlags
  /** Of what could not be taken back. */
  readonly say: (text: string) => void
  readonly io: Pick<Io, 'now' | 'signal'>
  /** Until when a pod that could answer is waited for, in milliseconds; absent: it must be ready. */
  readonly deadline?: number | undefined
}

export async function draftOfNew(cluster: Cluster, service: Service, options: CreationOptions): Promise<Draft> {
  const { name, namespace } = service
  const { fieldManager, flags, say, io } = options
  const creation = await planWhenReady(cluster, service, options)
  const { destinationRule, virtualService } = creation
  const rules = `/apis/networking.istio.io/v1/namespaces/${encodeURIComponent(namespace)}/destinationrules`
  const makeRule = (dryRun?: 'All') =>
    destinationRule && cluster.request<Made>('POST', rules, { query: { fieldManager, dryRun }, body: destinationRule })
  const isUnseen = (text: string) => destinationRule !== undefined && isOfNewSubsets(text, service)
  const create = (dryRun?: 'All') =>
    cluster.request<StoredVirtualService>('POST', collectionPath(namespace), {
      query: { fieldManager, dryRun },
      body: virtualService,
      quiet: isUnseen
    })
  const local = (object: object) => ({
    object: object as StoredVirtualService,
    ...(destinationRule && { rule: destinationRule as Made })
  })
  return {
    consequence: describe(creation, suggest(`mirror disable ${name} --created`, flags)),
    local: () => local(virtualService),
    tryOut: async () => {
      const rule = await makeRule('All')
      try {
        return { object: await create('All'), ...(rule && { rule }) }
      } catch (error) {
        // A policy wants subsets that are there, and those of a dry run never are. So it is judged when they are.
        if (denialsOf(error).every(isUnseen))
          return { ...local(edit(virtualService, io.now()).result), ...(rule && { rule }) }
        throw error
      }
    },
    write: async () => {
      // First the subsets, then the rule that sends requests to them: the other way round they would be lost meanwhile.
      const rule = await makeRule()
      try {
        return { object: await create(), ...(rule && { rule }) }
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

async function planWhenReady(
  cluster: Cluster,
  service: Service,
  { annotations, from, deadline, io }: CreationOptions
): Promise<Creation> {
  const { name, namespace, selector } = service
  const subsets = [...(await new ServiceDirectory(cluster).subsets(name, namespace, [namespace])).keys()]
  const wish = { annotations, from, to: targetSubsets(annotations, service), subsets }
  for (;;) {
    const pods = await listPods(cluster, { namespace, selector })
    try {
      return planCreation(service, pods, wish)
    } catch (error) {
      if (!(error instanceof NoReadyPod)) throw error
      if (deadline === undefined) throw new UserError(`${error.message}; add --wait to wait for it`)
      if (io.now().getTime() >= deadline) throw new UserError(`timed out, and nothing was made: ${error.message}`)
    }
    await pause(io.signal)
  }
}

/** The lines of a webhook's denial, without the API server's own words before them. */
function denialsOf(error: unknown): string[] {
  if (!(error instanceof ApiError)) return ['']
  const [, denial = ''] = error.message.split(/ denied the request: /, 2)
  return denial.trim().split('\n')
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

/** Of the Service itself: targets on other hosts need no subset here. */
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
  const made = destinationRule ? 'VirtualService and DestinationRule' : 'VirtualService'
  return (
    `Made ${made} ${metadata.name}: every request to ${metadata.name} is answered by ${live} from now on.\n` +
    `They go with: ${undo}`
  )
}

// Creates the objects of `enable --create`: first as a dry run, then for real, what the rules use before the rules.
import { ANNOTATIONS } from '../../mirror/annotations.ts'
import { parseTarget } from '../../mirror/target.ts'
import { edit } from '../../mirror/edit.ts'
import type { Annotations } from '../../mirror/virtual-service.ts'
import type { Cluster } from '../client/client.ts'
import { suggest } from '../client/suggest.ts'
import { ApiError, isRefusal, UserError } from '../io/errors.ts'
import type { Io } from '../io/io.ts'
import type { GlobalFlags } from '../kubeconfig/global-flags.ts'
import { listPods, type Pod } from '../resources/pods.ts'
import { resolveHost, type ServiceName } from '../../mirror/host.ts'
import { countReady } from '../resources/endpoints.ts'
import { collectionPath, type Kind } from '../resources/route-kinds.ts'
import { ServiceDirectory, type Service } from '../resources/services.ts'
import { removePersistently } from '../resources/temporary-objects.ts'
import { isRoute, typedName, type StoredVirtualService } from '../resources/virtual-services.ts'
import { asIfApplied } from '../resources/virtual-service-writes.ts'
import { planVirtualService, type Creation, type Needed } from './create-plan.ts'
import { planHttpRoute } from './create-route-plan.ts'
import { neededPath, pathOf } from './create-undo.ts'
import { NoReadyPod } from './create-versions.ts'
import type { PlannedWrite, WriteOptions } from './planned-write.ts'
import { pause, poll } from './poll.ts'

export interface CreateOptions extends WriteOptions {
  readonly from: readonly string[]
  /** For the command that deletes the objects again. */
  readonly flags: GlobalFlags
  readonly warn: (text: string) => void
  readonly io: Pick<Io, 'now' | 'signal'>
  /** How long to wait for a ready pod of the live version, by `performance.now()`; undefined: don't wait. */
  readonly deadline?: number | undefined
}

export async function planCreating(
  cluster: Cluster,
  service: Service,
  kind: Kind,
  options: CreateOptions
): Promise<PlannedWrite> {
  const { fieldManager, flags, warn, io } = options
  const creation = await planWhenReady(cluster, service, await plannerOf(cluster, service, kind, options), options)
  const { needed, route, isExpected } = creation
  const create = (one: Needed, dryRun?: 'All') =>
    cluster.request<Needed>('POST', neededPath(one), { query: { fieldManager, dryRun }, body: one })
  const createRoute = (dryRun?: 'All') =>
    cluster.request<StoredVirtualService>('POST', collectionPath(service.namespace, kind), {
      query: { fieldManager, dryRun },
      body: route,
      quiet: isExpected
    })
  return {
    consequence: describe(
      creation,
      suggest(`mirror disable ${isRoute(route) ? typedName(route) : service.name} --created`, flags)
    ),
    local: () => ({ object: route as StoredVirtualService, needed }),
    dryRun: async () => {
      const tried = await Promise.all(needed.map((one) => create(one, 'All')))
      try {
        return { object: await createRoute('All'), needed: tried }
      } catch (error) {
        // Known targets may be required, and a dry run stores none. The real write is checked against the real ones.
        if (!denialsOf(error).every(isExpected)) throw error
        return { object: edit(route, io.now()).result as StoredVirtualService, needed: tried }
      }
    },
    write: async () => {
      const made: Needed[] = []
      let isRouteSent = false
      try {
        // The other way round, requests would fail until it exists.
        for (const one of needed) {
          made.push(one)
          await create(one).catch((error: unknown) => {
            if (isRefusal(error)) made.pop()
            throw error
          })
        }
        await awaitEndpoints(cluster, creation, io)
        isRouteSent = true
        const created = await createRoute()
        return { object: await asIfApplied(cluster, created, options.annotations, fieldManager), needed }
      } catch (error) {
        // Not where the route may exist: without them it would lose every request.
        const left = isRouteSent && !isRefusal(error) ? made : await undo(cluster, made)
        if (left.length > 0) warn(describeLeft(cluster, left, route))
        throw left.length === 0 && error instanceof UserError ? withoutTrace(error) : error
      }
    }
  }
}

type Plan = (pods: readonly Pod[]) => Creation

async function plannerOf(
  cluster: Cluster,
  service: Service,
  kind: Kind,
  { annotations, from }: CreateOptions
): Promise<Plan> {
  const { name, namespace } = service
  const directory = new ServiceDirectory(cluster)
  if (kind === 'HTTPRoute') {
    const services = await directory.services(namespace)
    return (pods) => planHttpRoute(service, pods, { annotations, from, services })
  }
  const subsets = [...(await directory.subsets(name, namespace, [namespace])).keys()]
  const request = { annotations, from, to: targetSubsets(annotations, service), subsets }
  return (pods) => planVirtualService(service, pods, request)
}

async function planWhenReady(
  cluster: Cluster,
  { name, namespace, selector }: Service,
  plan: Plan,
  { deadline, io }: CreateOptions
): Promise<Creation> {
  if (Object.keys(selector).length === 0) {
    throw new UserError(`Service ${name} has no selector, so its versions are not known; write the route by hand`)
  }
  let missing = ''
  const planned = await poll({ cluster, signal: io.signal, deadline: deadline ?? 0 }, async () => {
    const pods = await listPods(cluster, { namespace, selector })
    try {
      return plan(pods)
    } catch (error) {
      if (!(error instanceof NoReadyPod)) throw error
      missing = error.message
      return undefined
    }
  })
  if (planned) return planned
  throw new UserError(
    deadline === undefined ? `${missing}; add --wait to wait for it` : `timed out, nothing was created: ${missing}`
  )
}

const ENDPOINTS_WITHIN_MS = 20_000

/** A Service that was just made has none for a moment, and the requests that the route sends to it would fail. */
async function awaitEndpoints(cluster: Cluster, { live, needed }: Creation, io: CreateOptions['io']): Promise<void> {
  const made = needed.find(({ kind, metadata }) => kind === 'Service' && metadata.name === live)
  if (!made) return
  const deadline = performance.now() + ENDPOINTS_WITHIN_MS
  const ready = await poll({ cluster, signal: io.signal, deadline }, async () =>
    (await countReady(cluster, made.metadata)) > 0 ? true : undefined
  )
  if (!ready) throw new UserError(`Service ${live} had no ready endpoint after ${ENDPOINTS_WITHIN_MS / 1000} s`)
  // Until the proxies know them, too.
  await pause(io.signal)
}

/** Returns what may still be there. */
async function undo(cluster: Cluster, made: readonly Needed[]): Promise<readonly Needed[]> {
  const removed = await Promise.all(
    made.map((one) => removePersistently((attempt) => cluster.request('DELETE', pathOf(one), attempt)))
  )
  return made.filter((_, index) => !removed[index])
}

function withoutTrace(cause: UserError): UserError {
  return new UserError(
    cause.messages.map((message) => `nothing was created: ${message}`),
    { cause }
  )
}

function describeLeft({ command }: Cluster, left: readonly Needed[], route: Creation['route']): string {
  const { name, namespace } = route.metadata
  const names = left.map(({ metadata }) => metadata.name).join(', ')
  const objects = [`${route.kind}/${name}`, ...left.map(({ kind, metadata }) => `${kind}/${metadata.name}`)]
  const undoing = command(`delete ${objects.join(' ').toLowerCase()} --ignore-not-found -n ${namespace}`)
  return left.length === 1
    ? `${left[0]?.kind} ${names} was created and remains; to delete it: ${undoing}`
    : `${left[0]?.kind}s ${names} were created and remain; to delete them: ${undoing}`
}

/** The lines of a webhook's denial, without the API server's prefix. */
function denialsOf(error: unknown): string[] {
  if (!(error instanceof ApiError)) return ['']
  const [, denial = ''] = error.message.split(/ denied the request: /, 2)
  return denial.trim().split('\n')
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

function describe({ live, needed, route }: Creation, undoing: string): string {
  const { name } = route.metadata
  const services = needed.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name)
  const created =
    services.length > 0
      ? `HTTPRoute ${name} and Service${services.length > 1 ? 's' : ''} ${services.join(', ')}`
      : `${route.kind}${needed.length > 0 ? ' and DestinationRule' : ''} ${name}`
  return `Created ${created}: ${live} now answers every request.\nTo undo this: ${undoing}`
}

// Finds what `enable NAME` writes to: a stored route, or with --create a Service that has none.
import type { Cluster } from '../client/client.ts'
import { ApiError, isNotFound, UserError } from '../io/errors.ts'
import { resolveHost } from '../../mirror/host.ts'
import { isService, parentsOf } from '../../mirror/parents.ts'
import { asRefusal, collectionPath, isKindMissing, type Kind } from '../resources/route-kinds.ts'
import { ServiceDirectory, type Service } from '../resources/services.ts'
import {
  findByHost,
  findVirtualService,
  isRoute,
  typedName,
  type StoredVirtualService
} from '../resources/virtual-services.ts'
import { planCreating, type CreateOptions } from './create-write.ts'
import { CREATE, type EnableFlags } from './flags.ts'
import { planAnnotating, type PlannedWrite } from './planned-write.ts'

/** The kind to make where there is none; undefined: none is to be made. */
export function readCreate(typed: EnableFlags['create']): Kind | undefined {
  if (typed === undefined) return undefined
  const kind = typed === true ? CREATE[0] : CREATE.find((one) => one === typed.toLowerCase())
  if (!kind) throw new UserError(`--create: ${JSON.stringify(typed)} is not a kind; use ${CREATE.join(' or ')}`)
  return kind === 'httproute' ? 'HTTPRoute' : 'VirtualService'
}

interface TargetOptions extends CreateOptions {
  readonly create: Kind | undefined
  readonly flags: CreateOptions['flags'] & Pick<EnableFlags, 'direct'>
}

export async function planWrite(cluster: Cluster, name: string, options: TargetOptions): Promise<PlannedWrite> {
  const { create, flags } = options
  if (flags.direct && create === 'HTTPRoute') throw new UserError(NO_DIRECT)
  const wanted = create === 'HTTPRoute' && !name.includes('/') ? `httproute/${name}` : name
  try {
    const stored = await findVirtualService(cluster, wanted)
    if (flags.direct && isRoute(stored)) throw new UserError(NO_DIRECT)
    if (create === 'HTTPRoute' && !isRoute(stored))
      throw new UserError(`--create=httproute: ${name} is a VirtualService`)
    return planAnnotating(cluster, stored, options)
  } catch (error) {
    if (!isNotFound(error)) throw error
    return planMissing(cluster, name, error, options)
  }
}

async function planMissing(
  cluster: Cluster,
  name: string,
  notFound: ApiError,
  options: TargetOptions
): Promise<PlannedWrite> {
  const { create } = options
  const kind = notFound.body.details?.kind === 'httproutes' ? 'HTTPRoute' : 'VirtualService'
  const finding = findService(cluster, name)
  // The hint is optional: without the right to read Services, report the NotFound alone.
  const service = await (create ? finding : finding.catch(() => undefined))
  if (create === kind && service) {
    if (kind === 'HTTPRoute') await refuseRivals(cluster, service)
    return planCreating(cluster, service, kind, options)
  }
  if (create && !service) {
    throw new UserError(`namespace ${cluster.namespace} has neither a ${create} nor a Service ${JSON.stringify(name)}`)
  }
  throw service ? withHint(notFound, service, kind) : notFound
}

const NO_DIRECT =
  '--direct: only the webhook may mirror an HTTPRoute, as it takes the mirror out before live requests fail; install it'

/** By name or host, in the run's own namespace. */
async function findService(cluster: Cluster, typed: string): Promise<Service | undefined> {
  const { namespace } = cluster
  const name = resolveHost(typed.replace(/^.*\//, ''), namespace)
  return name?.namespace === namespace ? new ServiceDirectory(cluster).service(name) : undefined
}

/** An HTTPRoute of ours beside other rules for the Service would take requests from them, or get none. */
async function refuseRivals(cluster: Cluster, { name }: Service): Promise<void> {
  const rival = (await findByHost(cluster, name).catch(ifServed)) ?? (await findRouteOf(cluster, name))
  if (!rival) return
  const typed = typedName(rival)
  throw new UserError(
    `${typed} has rules for Service ${name} already; mirror that (enable ${typed}), or delete it first`
  )

  async function ifServed(error: unknown): Promise<undefined> {
    const refusal = await asRefusal(cluster, 'VirtualService', error)
    if (!isKindMissing(refusal)) throw refusal
  }
}

/** The first that has the Service as a parent. */
async function findRouteOf(cluster: Cluster, service: string): Promise<StoredVirtualService | undefined> {
  const { namespace } = cluster
  for await (const { items } of cluster.list<StoredVirtualService>(collectionPath(namespace, 'HTTPRoute'))) {
    const found = items.find((route) =>
      parentsOf(route).some(
        (parent) => isService(parent) && parent.name === service && (parent.namespace ?? namespace) === namespace
      )
    )
    if (found) return found
  }
  return undefined
}

function withHint({ status, body, message }: ApiError, { name }: Service, kind: Kind): ApiError {
  const added =
    kind === 'HTTPRoute'
      ? '--create=httproute to make an HTTPRoute and Services of its versions'
      : '--create to make a VirtualService and a DestinationRule'
  return new ApiError(status, { ...body, message: `${message}\nThere is a Service ${name}: add ${added} for it` })
}

// Finds what `enable NAME` writes to: a stored VirtualService, or with --create a Service that has none.
import type { Cluster } from '../client/client.ts'
import { ApiError, isNotFound, UserError } from '../io/errors.ts'
import { resolveHost } from '../../mirror/host.ts'
import { ServiceDirectory, type Service } from '../resources/services.ts'
import { findVirtualService, isRoute, type StoredVirtualService } from '../resources/virtual-services.ts'
import { planCreating, type CreateOptions } from './create-write.ts'
import type { EnableFlags } from './flags.ts'
import { planAnnotating, type PlannedWrite } from './planned-write.ts'

export async function planWrite(
  cluster: Cluster,
  name: string,
  options: CreateOptions & { readonly create: boolean; readonly flags: Pick<EnableFlags, 'direct'> }
): Promise<PlannedWrite> {
  try {
    const stored = await findVirtualService(cluster, name)
    if (options.flags.direct) refuseDirect(stored)
    return planAnnotating(cluster, stored, options)
  } catch (error) {
    if (!isNotFound(error) || error.body.details?.kind !== 'virtualservices') throw error
    const finding = findService(cluster, name)
    // The hint is optional: without the right to read Services, report the NotFound alone.
    const service = await (options.create ? finding : finding.catch(() => undefined))
    if (options.create && service) return planCreating(cluster, service, options)
    if (options.create) {
      throw new UserError(
        `namespace ${cluster.namespace} has neither a VirtualService, an HTTPRoute nor a Service ${JSON.stringify(name)}`
      )
    }
    throw service ? withHint(error, service) : error
  }
}

/** The webhook alone watches what live requests depend on: it would take the mirror out when that changes. */
function refuseDirect(object: StoredVirtualService): void {
  if (!isRoute(object)) return
  throw new UserError(
    '--direct: only the webhook may mirror an HTTPRoute, as it takes the mirror out before live requests fail; install it'
  )
}

/** By name or host, in the run's own namespace. */
async function findService(cluster: Cluster, typed: string): Promise<Service | undefined> {
  const { namespace } = cluster
  const name = resolveHost(typed.replace(/^.*\//, ''), namespace)
  return name?.namespace === namespace ? new ServiceDirectory(cluster).service(name) : undefined
}

function withHint({ status, body, message }: ApiError, { name }: Service): ApiError {
  const hint = `There is a Service ${name}: add --create to make a VirtualService and a DestinationRule for it`
  return new ApiError(status, { ...body, message: `${message}\n${hint}` })
}

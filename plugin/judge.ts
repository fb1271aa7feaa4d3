// Says what state a VirtualService's mirror is in; asks the cluster only for what decides, and only once.
import type { Cluster } from './cluster.ts'
import type { Io } from './io.ts'
import { flaggerOwner, rolloutOwners } from './owners.ts'
import { ServiceDirectory } from './services.ts'
import { statusOf, type MirrorStatus } from './state.ts'
import type { StoredVirtualService } from './virtual-services.ts'
import { findVersions } from './workloads.ts'

export class Judge {
  readonly #cluster: Cluster
  readonly #io: Pick<Io, 'now'>
  readonly #namespace: string | undefined
  #directory: ServiceDirectory
  #rollouts?: Promise<ReadonlyMap<string, string>>

  constructor(cluster: Cluster, io: Pick<Io, 'now'>, namespace: string | undefined) {
    this.#cluster = cluster
    this.#io = io
    this.#namespace = namespace
    this.#directory = new ServiceDirectory(cluster)
  }

  async status(object: StoredVirtualService): Promise<MirrorStatus | undefined> {
    const { command } = this.#cluster
    const alone = statusOf(object, this.#io.now(), { command })
    if (alone === undefined || ['By hand', 'Invalid', 'Expired', 'Expired, still copying'].includes(alone.state))
      return alone
    this.#rollouts ??= rolloutOwners(this.#cluster, this.#namespace)
    const { namespace, name } = object.metadata
    const owner = flaggerOwner(object) ?? (await this.#rollouts).get(`${namespace}/${name}`)
    const versions = await findVersions(this.#cluster, object, this.#directory)
    const lost = versions.find(({ role, problem }) => role === 'mirror' && problem)?.problem?.message
    if (!owner && !lost) return alone
    return statusOf(object, this.#io.now(), { command, ...(owner && { owner }), ...(lost && { lost }) })
  }

  /** What was read of Services and DestinationRules may be old by now. */
  forget(): void {
    this.#directory = new ServiceDirectory(this.#cluster)
  }
}

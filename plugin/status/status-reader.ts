// Reads a VirtualService's mirror status. Asks the cluster only for what decides it, and only once.
import { isDelegate } from '../../mirror/delegation.ts'
import { edit } from '../../mirror/edit.ts'
import type { Policies } from '../../mirror/policy.ts'
import { listSeen, type Seen } from '../resources/all-virtual-services.ts'
import type { Cluster } from '../client/client.ts'
import { delegateOf, describeDelegate, type Delegate } from './delegate.ts'
import { unlessRefused } from '../io/errors.ts'
import { brokenRules, readInstalledPolicy } from '../resources/installed-policy.ts'
import type { Io } from '../io/io.ts'
import { statusOf, type MirrorStatus } from './mirror-status.ts'
import { ownerByMetadata, rolloutOwners } from '../resources/progressive-delivery.ts'
import { readable } from '../resources/look-up.ts'
import { ServiceDirectory } from '../resources/services.ts'
import { isDecided, type Surroundings } from './state.ts'
import type { StoredVirtualService } from '../resources/virtual-services.ts'
import { findWebhook, whoEnds, type InstalledWebhook } from '../resources/webhook-presence.ts'
import { describeHazard } from '../../mirror/hazards.ts'
import { formatProblem } from '../../mirror/problem.ts'
import { formatSelector, isReady } from '../resources/pods.ts'
import { isUnread } from '../../mirror/check-targets.ts'
import { findVersions, hazardsIn, type Version } from '../resources/versions.ts'
import { describeUnready } from '../resources/unready.ts'

interface Installed {
  readonly webhook: InstalledWebhook | undefined
  /** Undefined: there are none, or the user may not read them. */
  readonly policies: Policies | undefined
}

export class StatusReader {
  readonly #cluster: Cluster
  readonly #io: Pick<Io, 'now'>
  readonly #namespace: string | undefined
  #directory: ServiceDirectory
  #rollouts?: ReturnType<typeof rolloutOwners>
  #seen: Promise<Seen> | undefined
  #known: Promise<Installed | undefined> | undefined

  constructor(cluster: Cluster, io: Pick<Io, 'now'>, namespace: string | undefined) {
    this.#cluster = cluster
    this.#io = io
    this.#namespace = namespace
    this.#directory = new ServiceDirectory(cluster)
  }

  async status(object: StoredVirtualService): Promise<MirrorStatus | undefined> {
    const alone = this.#statusOf(object)
    if (alone === undefined || isDecided(alone.state.code)) return alone
    const owner = await this.#owner(object)
    if (owner !== undefined) return this.#statusOf(object, { owner })
    if (alone.state.code !== 'Active') return alone
    const [{ hazards, ...targets }, delegate, installed] = await Promise.all([
      describeTargets(this.#cluster, object, this.#directory),
      this.delegate(object),
      this.#installed()
    ])
    const { unknown, ...roots } = describeDelegate(delegate)
    const unread = [unknown, targets.unknown].filter((one) => one !== undefined).join('; ')
    const said = { ...targets, ...roots, ...this.#byWebhook(object, alone, installed) }
    const status = this.#statusOf(object, { ...said, ...(unread && { unknown: unread }) })
    return status && hazards.length > 0 ? { ...status, hazards } : status
  }

  async delegate(object: StoredVirtualService): Promise<Delegate | undefined> {
    return isDelegate(object) ? delegateOf(object, await this.seen(object.metadata.namespace)) : undefined
  }

  /** The VirtualServices that the user may list. */
  seen(namespace: string): Promise<Seen> {
    return (this.#seen ??= listSeen(this.#cluster, namespace))
  }

  /** Drops cached reads: the mesh may have changed since. */
  forget(): void {
    this.#directory = new ServiceDirectory(this.#cluster)
    this.#seen = undefined
    this.#known = undefined
  }

  #byWebhook(
    object: StoredVirtualService,
    { name, namespace, until }: MirrorStatus,
    installed: Installed | undefined
  ): Pick<Surroundings, 'forbidden' | 'nothingEnds'> {
    if (!installed) return {}
    const now = this.#io.now()
    const { webhook, policies } = installed
    const broken = policies ? brokenRules(policies, edit(object, now), now).map(({ message }) => message) : []
    const nothingEnds = until === undefined ? undefined : whoEnds(this.#cluster, webhook, { name, namespace, until })
    return { ...(broken.length > 0 && { forbidden: broken.join('; ') }), ...(nothingEnds && { nothingEnds }) }
  }

  /** Undefined if the user may not read it: `check` reports that; in a status it would hide the rest. */
  #installed(): Promise<Installed | undefined> {
    return (this.#known ??= unlessRefused(this.#read(), undefined))
  }

  async #read(): Promise<Installed> {
    const webhook = await findWebhook(this.#cluster)
    const policy = await readable(readInstalledPolicy(this.#cluster, webhook))
    return { webhook, policies: policy && 'policies' in policy ? policy.policies : undefined }
  }

  #statusOf(object: StoredVirtualService, around: Surroundings = {}): MirrorStatus | undefined {
    return statusOf(object, this.#io.now(), this.#cluster, around)
  }

  async #owner(object: StoredVirtualService): Promise<string | undefined> {
    const owner = ownerByMetadata(object)
    if (owner !== undefined) return owner
    // Not before: cut off by the end of the run, a list that nothing awaits would end the process as an error.
    this.#rollouts ??= rolloutOwners(this.#cluster, this.#namespace)
    return (await this.#rollouts)(object)
  }
}

type Targets = Pick<Surroundings, 'targetMissing' | 'targetNotReady' | 'unknown'>

/** `hazards`: how targets that hang would hurt live requests. */
async function describeTargets(
  cluster: Cluster,
  object: StoredVirtualService,
  directory: ServiceDirectory
): Promise<Targets & { readonly hazards: readonly string[] }> {
  const versions = await findVersions(cluster, object, directory)
  const targets = await Promise.all(
    versions.filter(({ role }) => role === 'mirror').map((target) => describe(target, directory))
  )
  const join = (key: keyof Targets): Targets => {
    const said = [...new Set(targets.flatMap((target) => target[key] ?? []))]
    return said.length > 0 ? { [key]: said.join('; ') } : {}
  }
  const hazards = hazardsIn(object, versions).map((one) => formatProblem(describeHazard(one)))
  return { ...join('targetMissing'), ...join('targetNotReady'), ...join('unknown'), hazards }
}

async function describe(
  { label, namespace, selector, problem }: Version,
  directory: ServiceDirectory
): Promise<Targets> {
  if (problem)
    return problem.code === 'targetUnread' ? { unknown: problem.message } : { targetMissing: problem.message }
  // A Service without a selector, or a host outside the cluster, has no pods to look at.
  if (!selector) return {}
  const pods = await readable(directory.pods({ namespace, selector }))
  if (isUnread(pods)) return { unknown: `unknown whether ${label} has a ready pod: ${pods.unread}` }
  const labels = formatSelector(selector)
  if (pods.length === 0) return { targetNotReady: `${label} has no pod (${labels})` }
  return pods.some(isReady)
    ? {}
    : { targetNotReady: `no pod of ${label} is ready (${labels}): ${describeUnready(pods)}` }
}

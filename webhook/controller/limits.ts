// Keeps the DestinationRules that limit mirrors in step with the mirrors and with the versions that get the copies. What one says,
// and where none can be, is mirror/'s. Until it is there, Istio drops the copies: none is sent without its limit.
import { isDeepStrictEqual } from 'node:util'
import { fullHost } from '../../mirror/host.ts'
import { limitObstacle } from '../../mirror/limit-obstacles.ts'
import { limitRule, limitRuleName, type Limited } from '../../mirror/limit-rule.ts'
import type { DestinationRule } from '../../mirror/mesh-objects.ts'
import { limitedVersion } from '../../mirror/limited-subset.ts'
import { readTarget } from '../../mirror/target.ts'
import type { Mesh, SubsetRule } from '../admission/mesh.ts'
import { ApiError, type Cluster } from '../kubernetes/client.ts'
import { createIsolation, type ReportFailure } from '../kubernetes/isolation.ts'
import type { RecordEvent } from './events.ts'
import { fingerprintOf, type MirrorDigest } from './mirror-digest.ts'
import { createWorkQueue } from './work-queue.ts'

export interface LimitsOptions {
  readonly cluster: Cluster
  readonly mesh: Pick<Mesh, 'rules' | 'limitsOf' | 'limitOwners' | 'clusterDomain'>
  readonly mirrors: ReadonlyMap<string, MirrorDigest>
  /** Whether all that is known of mirrors and mesh is complete and up to date. */
  readonly current: () => boolean
  /** The policy's in a namespace. */
  readonly defaultLimit: (namespace: string) => number | undefined
  readonly record: RecordEvent
  readonly log: { info(fields: object, message: string): void }
  readonly failed: ReportFailure
  readonly signal: AbortSignal
}

export interface Limits {
  /** A VirtualService was written or is gone. */
  changed(key: string): void
  /** The mesh or the policy changed. */
  lookAgain(): void
}

/** A rollout writes several objects. */
const SETTLE_MS = 300
/** The mesh changes in bursts, and each limit is compared with it. */
const MESH_SETTLE_MS = 500
/** Copies that are under way when a mirror ends may still be answered. */
const LINGER_MS = 5000
const RETRY_MS = 1000
const LONGEST_RETRY_MS = 300_000

export function createLimits(options: LimitsOptions): Limits {
  const { mesh, mirrors, current, record, log, failed, signal } = options
  const isolation = createIsolation(failed)
  /** Fingerprint of what was found in order. */
  const settled = new Map<string, string>()
  /** How often in a row something was to be done. Another client may undo it: retries back off. */
  const restless = new Map<string, number>()
  /** Since when nothing wants a rule, in milliseconds since 1970. */
  const leaving = new Map<string, number>()
  const said = new Map<string, string | undefined>()

  const look = async (key: string): Promise<number | undefined> => {
    if (!current()) return RETRY_MS
    const situation = situationOf(key, options)
    const { digest, existing } = situation
    const state = stateOf(key, options)
    if (settled.get(key) === state) return undefined
    const kept = await keepAll(situation, options)
    if (digest && kept.obstacle !== undefined && said.get(key) !== kept.obstacle)
      record(digest, 'MirrorLimitMissing', kept.obstacle)
    said.set(key, kept.obstacle)
    const unwanted = existing.filter(({ name }) => !kept.names.has(name))
    for (const rule of existing) if (!unwanted.includes(rule)) leaving.delete(pathOf(rule))
    const left = await Promise.all(unwanted.map((rule) => leave(key, rule, situation)))
    const pauses = left.filter((pause) => pause > 0)
    if (kept.changed || pauses.length < left.length) restless.set(key, (restless.get(key) ?? 0) + 1)
    else if (pauses.length === 0) {
      restless.delete(key)
      isolation.forget(key)
      if (digest) settled.set(key, state)
      else for (const known of [settled, said]) known.delete(key)
    }
    return pauses.length > 0 ? Math.min(...pauses) : undefined
  }
  /** Milliseconds until the rule goes; 0: it is gone. */
  const leave = async (key: string, rule: SubsetRule, { wanted }: Situation): Promise<number> => {
    const path = pathOf(rule)
    const since = leaving.get(path) ?? performance.now()
    // One that cannot stand beside the others may stand in their way.
    const isInTheWay = wanted.some(({ host }) => host === rule.host)
    const pause = isInTheWay ? 0 : Math.max(0, since + LINGER_MS - performance.now())
    leaving.set(path, since)
    if (pause > 0) return pause
    await remove(options.cluster, rule)
    leaving.delete(path)
    log.info({ virtualService: key, destinationRule: rule.name }, 'limit removed')
    return 0
  }
  const queue = createWorkQueue(look, {
    concurrency: 4,
    perSecond: 50,
    signal,
    failed(key, error) {
      restless.set(key, (restless.get(key) ?? 0) + 1)
      isolation.failed(key, stateOf(key, options), error)
      return Math.max(RETRY_MS, pauseOf(key))
    }
  })
  const pauseOf = (key: string): number =>
    Math.min(LONGEST_RETRY_MS, SETTLE_MS * 1.5 ** Math.max(0, (restless.get(key) ?? 0) - 2))
  const concerned = (): Set<string> => {
    const limited = [...mirrors].filter(([, digest]) => wantedBy(digest, options).length > 0).map(([key]) => key)
    return new Set([...mesh.limitOwners(), ...limited])
  }
  let meshChange: NodeJS.Timeout | undefined
  signal.addEventListener('abort', () => clearTimeout(meshChange), { once: true })
  return {
    changed(key) {
      const { wanted, existing } = situationOf(key, options)
      // Most mirrors have no limit, and the queue is slow.
      if (wanted.length + existing.length > 0) queue.add(key, pauseOf(key))
      else for (const known of [settled, restless, said]) known.delete(key)
    },
    lookAgain() {
      meshChange ??= setTimeout(() => {
        meshChange = undefined
        for (const key of concerned()) if (settled.get(key) !== stateOf(key, options)) queue.add(key, pauseOf(key))
      }, MESH_SETTLE_MS)
    }
  }
}

interface Situation {
  readonly digest: MirrorDigest | undefined
  readonly wanted: readonly Limited[]
  /** Ours. */
  readonly existing: readonly SubsetRule[]
}

function situationOf(key: string, options: LimitsOptions): Situation {
  const digest = options.mirrors.get(key)
  return {
    digest,
    wanted: digest ? wantedBy(digest, options) : [],
    existing: options.mesh.limitsOf(key)
  }
}

/** Of everything that the DestinationRules of a mirror depend on. */
function stateOf(key: string, options: LimitsOptions): string {
  const { digest, wanted, existing } = situationOf(key, options)
  const rules = wanted.flatMap(({ host }) => {
    const { all, services } = options.mesh.rules(host, digest!.namespace)
    return [services, all.map(({ namespace, name, version }) => [namespace, name, version])]
  })
  return fingerprintOf([digest?.uid, wanted, existing.map(({ name, version }) => [name, version]), rules])
}

/** What the record says of copies with a limit, by host. */
function wantedBy({ injected, limit: own, namespace }: MirrorDigest, { mesh, defaultLimit }: LimitsOptions): Limited[] {
  const limit = own ?? defaultLimit(namespace)
  if (injected === undefined || limit === undefined) return []
  const hosts = new Map<string, Set<string | undefined>>()
  for (const text of injected.split(',')) {
    const { host, subset } = readTarget(text) ?? {}
    const version = limitedVersion(subset)
    if (host === undefined || version === undefined) continue
    const full = fullHost(host, namespace, mesh.clusterDomain)
    hosts.set(full, (hosts.get(full) ?? new Set()).add(version.subset))
  }
  return Array.from(hosts, ([host, subsets]) => ({ host, subsets: [...subsets], limit }))
}

interface Kept {
  /** Of the rules that are there and in step. */
  readonly names: ReadonlySet<string>
  readonly changed: boolean
  /** Why there can be none for some host. */
  readonly obstacle?: string
}

async function keepAll({ digest, wanted, existing }: Situation, options: LimitsOptions): Promise<Kept> {
  const all = await Promise.all(wanted.map((one) => keep(digest!, one, existing, options)))
  const obstacle = all.find((one) => typeof one === 'string')
  const kept = all.filter((one) => typeof one === 'object')
  const names = new Set(kept.map(({ name }) => name))
  return { names, changed: kept.some(({ changed }) => changed), ...(obstacle !== undefined && { obstacle }) }
}

/** Why there can be none, or undefined as long as the version is not there. */
async function keep(
  owner: MirrorDigest,
  wanted: Limited,
  existing: readonly SubsetRule[],
  { cluster, mesh, log }: LimitsOptions
): Promise<{ readonly name: string; readonly changed: boolean } | string | undefined> {
  const { host, subsets, limit } = wanted
  const rules = mesh.rules(host, owner.namespace)
  for (const subset of subsets) {
    const obstacle = limitObstacle({ host, limit, ...(subset !== undefined && { subset }) }, owner, rules)
    if (obstacle) return obstacle.message
  }
  const used = await Promise.all(rules.used.map((rule) => cluster.send('GET', pathOf(rule))))
  const made = limitRule(owner, wanted, used as DestinationRule[]) // what the API has there
  if (!made) return undefined
  const name = limitRuleName(owner, host)
  const present = existing.find((rule) => rule.name === name)
  const fields = { virtualService: `${owner.namespace}/${owner.name}`, destinationRule: name, limit }
  if (!present) {
    await cluster.send('POST', collectionOf(owner.namespace), { body: made })
    log.info(fields, 'limit made')
    return { name, changed: true }
  }
  const stored = (await cluster.send('GET', pathOf(present))) as DestinationRule
  if (isSame(stored, made)) return { name, changed: false }
  const { resourceVersion } = stored.metadata
  const body = { ...made, metadata: { ...stored.metadata, ...made.metadata, resourceVersion } }
  await cluster.send('PUT', pathOf(present), { body })
  log.info(fields, 'limit changed')
  return { name, changed: true }
}

function isSame(stored: DestinationRule, made: DestinationRule): boolean {
  return (
    isDeepStrictEqual(stored.spec, made.spec) &&
    isDeepStrictEqual(stored.metadata.ownerReferences, made.metadata.ownerReferences) &&
    Object.entries(made.metadata.labels ?? {}).every(([key, value]) => stored.metadata.labels?.[key] === value)
  )
}

/** Not one that was written since. */
async function remove(cluster: Cluster, rule: SubsetRule): Promise<void> {
  try {
    await cluster.send('DELETE', pathOf(rule), { body: { preconditions: { resourceVersion: rule.version } } })
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error
  }
}

function collectionOf(namespace: string): string {
  return `/apis/networking.istio.io/v1/namespaces/${namespace}/destinationrules`
}

function pathOf({ namespace, name }: Pick<SubsetRule, 'namespace' | 'name'>): string {
  return `${collectionOf(namespace)}/${name}`
}

// Switches the sidecars' access logs on for some workloads, by Telemetry resources labelled ours, and off again.
import { randomBytes } from 'node:crypto'
import { EXPIRES, isExpired, TEMPORARY } from '../../../mirror/temporary.ts'
import type { Cluster } from '../../client/client.ts'
import { ApiError, isNotFound, isRefusal, UserError } from '../../io/errors.ts'
import { leftBehind } from './cleanup.ts'
import type { Version } from '../../resources/versions.ts'

const VALUE = 'access-logs'
const DAY = 86_400_000
const LONGEST_REMOVAL = 15_000

interface Telemetry {
  readonly metadata: {
    readonly name: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec?: { readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> } }
}

/**
 * Returns how to take them away again, which returns those that could not be, as kubectl names them. What fails half-way
 * is taken away at once. `lasts`: how long the run will, in milliseconds; undefined: until it is ended.
 */
export async function switchOnAccessLogs(
  cluster: Cluster,
  versions: readonly Version[],
  now: Date,
  lasts = DAY
): Promise<() => Promise<string[]>> {
  const workloads = distinctWorkloads(versions)
  const expires = new Date(now.getTime() + lasts + DAY / 24).toISOString()
  for (const namespace of new Set(workloads.map((one) => one.namespace))) await clean(cluster, namespace, now)
  await refuseOthers(cluster, workloads)
  const made: { readonly namespace: string; readonly name: string }[] = []
  const remove = async (): Promise<string[]> => {
    // With a signal of its own: after Ctrl-C the run's is aborted.
    const signal = AbortSignal.timeout(LONGEST_REMOVAL)
    const removals = made.map(({ namespace, name }) =>
      cluster.request('DELETE', `${collection(namespace)}/${name}`, { signal }).catch(ignoreGone)
    )
    const settled = await Promise.allSettled(removals)
    const left = made.filter((_, index) => settled[index]!.status === 'rejected')
    return left.map(({ namespace, name }) => `telemetry.telemetry.istio.io/${name} -n ${namespace}`)
  }
  try {
    for (const { namespace, matchLabels } of workloads) {
      const name = `kubectl-mirror-compare-${randomBytes(4).toString('hex')}`
      // Before it is: an answer that is lost may have been a yes.
      made.push({ namespace, name })
      await cluster.request('POST', collection(namespace), {
        body: {
          apiVersion: 'telemetry.istio.io/v1',
          kind: 'Telemetry',
          metadata: { name, labels: { [TEMPORARY]: VALUE }, annotations: { [EXPIRES]: expires } },
          spec: { selector: { matchLabels }, accessLogging: [{ providers: [{ name: 'envoy' }] }] }
        }
      })
    }
  } catch (error) {
    if (isRefusal(error)) made.pop()
    const left = await remove()
    if (left.length === 0) throw error
    throw new UserError([(error as Error).message, ...left.map((name) => leftBehind(cluster, name))], { cause: error })
  }
  return remove
}

interface Workload {
  readonly namespace: string
  readonly matchLabels: Readonly<Record<string, string>>
}

function distinctWorkloads(versions: readonly Version[]): Workload[] {
  const workloads = new Map<string, Workload>()
  for (const { namespace, selector } of versions) {
    if (selector) workloads.set(JSON.stringify([namespace, selector]), { namespace, matchLabels: selector })
  }
  return [...workloads.values()]
}

/** Of several Telemetries that select one workload Istio takes the oldest: ours would do nothing, or worse. */
async function refuseOthers(cluster: Cluster, workloads: readonly Workload[]): Promise<void> {
  const problems: string[] = []
  for (const { namespace, matchLabels } of workloads) {
    for (const { metadata, spec } of await list(cluster, namespace)) {
      const selector = spec?.selector?.matchLabels
      if (!selector || metadata.labels?.[TEMPORARY] === VALUE) continue
      if (Object.entries(selector).every(([key, value]) => matchLabels[key] === value)) {
        problems.push(
          `telemetry.telemetry.istio.io/${metadata.name} in ${namespace} already configures these workloads: add ` +
            'accessLogging: [{providers: [{name: envoy}]}] to it instead of --access-logs'
        )
      }
    }
  }
  if (problems.length > 0) throw new UserError([...new Set(problems)])
}

async function clean(cluster: Cluster, namespace: string, now: Date): Promise<void> {
  for (const { metadata } of await list(cluster, namespace, `${TEMPORARY}=${VALUE}`)) {
    if (!isExpired(metadata.annotations, now)) continue
    await cluster.request('DELETE', `${collection(namespace)}/${metadata.name}`).catch(ignoreGone)
  }
}

async function list(cluster: Cluster, namespace: string, labelSelector?: string): Promise<Telemetry[]> {
  const found: Telemetry[] = []
  for await (const { items } of cluster.list<Telemetry>(collection(namespace), { query: { labelSelector } })) {
    for (const item of items) found.push(item)
  }
  return found
}

function collection(namespace: string): string {
  return `/apis/telemetry.istio.io/v1/namespaces/${encodeURIComponent(namespace)}/telemetries`
}

function ignoreGone(error: unknown): void {
  if (!(error instanceof ApiError && isNotFound(error))) throw error
}

// Looks for a marked request in the logs of every version, and reports where it arrived. Does not know how it was sent.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../client/client.ts'
import { ApiError } from '../io/errors.ts'
import { listPods, podsPath, type Pod } from '../resources/pods.ts'
import type { Version } from '../resources/versions.ts'
import { link, type Link } from './link.ts'

export interface Traces {
  /** `pod/container` of each log with the marker. */
  readonly seen: readonly string[]
  /** How many containers logged anything since the request. */
  readonly logging: number
}

export type Arrivals = readonly { readonly version: Pick<Version, 'role' | 'label'>; readonly traces: Traces }[]

/** Milliseconds to wait for both versions' logs. */
const PATIENCE = 15_000

/** `started`: by performance.now(), before the first request. */
export async function lookFor(
  cluster: Cluster,
  versions: readonly Version[],
  marker: string,
  started: number
): Promise<Arrivals> {
  const deadline = performance.now() + PATIENCE
  const found = new Map<Version, Traces>()
  while (performance.now() < deadline) {
    const missing = versions.filter((version) => !found.get(version)?.seen.length)
    if (missing.length === 0) break
    // Relative to now, by each node's clock: this machine's may differ.
    const sinceSeconds = Math.ceil((performance.now() - started) / 1000) + 5
    await Promise.all(
      missing.map(async (version) => found.set(version, await search(cluster, version, marker, sinceSeconds)))
    )
    await sleep(500)
  }
  return versions.map((version) => ({ version, traces: found.get(version) ?? { seen: [], logging: 0 } }))
}

async function search(cluster: Cluster, version: Version, marker: string, sinceSeconds: number): Promise<Traces> {
  const pods = await listPods(cluster, version)
  const containers = pods.flatMap((pod) =>
    [
      ...(pod.spec?.containers ?? []),
      ...(pod.spec?.initContainers ?? []).filter((one) => one.restartPolicy === 'Always')
    ].map(({ name }) => ({ pod, name }))
  )
  const texts = await Promise.all(containers.map(({ pod, name }) => readLog(cluster, pod, name, sinceSeconds)))
  return {
    seen: containers.flatMap(({ pod, name }, index) =>
      texts[index]?.includes(marker) ? [`${pod.metadata.name}/${name}`] : []
    ),
    logging: texts.filter((text) => text !== '').length
  }
}

/** Empty for a container that has not started (400) and for a deleted pod (404). */
async function readLog(cluster: Cluster, { metadata }: Pod, container: string, sinceSeconds: number): Promise<string> {
  const path = `${podsPath(metadata.namespace)}/${encodeURIComponent(metadata.name)}/log`
  try {
    const response = await cluster.stream(path, { query: { container, sinceSeconds } })
    response.setEncoding('utf8')
    let text = ''
    for await (const chunk of response as AsyncIterable<string>) text += chunk
    return text
  } catch (error) {
    if (error instanceof ApiError && error.status !== 403) return ''
    throw error
  }
}

/*
 *   marker found | logs anything | live request found                       | outcome
 *   -------------|---------------|------------------------------------------|--------
 *   yes          |               |                                          | ok
 *   no           | no            |                                          | unknown
 *   no           | yes           | no: perhaps user agents are not logged   | unknown
 *   no           | yes           | yes                                      | failed
 */
export function describeArrivals(arrivals: Arrivals, otherwise: string): Link[] {
  const isLiveSeen = arrivals.some(({ version, traces }) => version.role === 'live' && traces.seen.length > 0)
  return arrivals.map(({ version: { role, label }, traces: { seen, logging } }) => {
    const name = `arrival at ${label}`
    const what = role === 'live' ? 'the request' : 'its copy'
    if (seen.length > 0) return link('ok', name, `${what} is in the log of ${seen.join(' and ')}`)
    if (logging === 0) return link('unknown', name, `no log has ${what}, but none there logs any request`, otherwise)
    if (!isLiveSeen) return link('unknown', name, `no log has ${what}; perhaps user agents are not logged`, otherwise)
    return link(
      role === 'live' ? 'warning' : 'failed',
      name,
      `no log of ${label} has ${what}, though it logs other requests`
    )
  })
}

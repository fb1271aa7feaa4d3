// Looks for a marked request in the logs of every version, and says where it arrived. Knows not how it was sent.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../client/client.ts'
import { ApiError } from '../io/errors.ts'
import { listPods, podsPath, type Pod } from '../resources/pods.ts'
import type { Version } from '../resources/versions.ts'
import { link, type Link } from './link.ts'

export interface Traces {
  /** `pod/container`, where the marker was found. */
  readonly seen: readonly string[]
  /** How many of its containers logged anything since then. */
  readonly logs: number
}

export type Arrivals = readonly { readonly version: Pick<Version, 'role' | 'label'>; readonly traces: Traces }[]

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
    // Counted back from now by the clock of each node: that of this machine may be another.
    const sinceSeconds = Math.ceil((performance.now() - started) / 1000) + 5
    await Promise.all(
      missing.map(async (version) => found.set(version, await search(cluster, version, marker, sinceSeconds)))
    )
    await sleep(500)
  }
  return versions.map((version) => ({ version, traces: found.get(version) ?? { seen: [], logs: 0 } }))
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
    logs: texts.filter((text) => text !== '').length
  }
}

/** Empty for a container that has not started (400), and for a pod that is gone (404). */
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
 *   marker seen there | logs anything | the live request was seen | outcome
 *   ------------------|---------------|---------------------------|--------
 *   yes               |               |                           | ok
 *   no                | no            |                           | unknown
 *   no                | yes           | no: user agents are not logged, so nothing can be told | unknown
 *   no                | yes           | yes                       | failed
 */
export function describeArrivals(arrivals: Arrivals, otherwise: string): Link[] {
  const isLiveSeen = arrivals.some(({ version, traces }) => version.role === 'live' && traces.seen.length > 0)
  return arrivals.map(({ version: { role, label }, traces: { seen, logs } }) => {
    const name = `arrival at ${label}`
    const what = role === 'live' ? 'the request' : 'its copy'
    if (seen.length > 0) return link('ok', name, `${what} is in the log of ${seen.join(' and ')}`)
    if (logs === 0) return link('unknown', name, `${what} is in no log, but nothing there logs its requests`, otherwise)
    if (!isLiveSeen)
      return link('unknown', name, `${what} is in no log; perhaps those there name no user agents`, otherwise)
    return link(
      role === 'live' ? 'warning' : 'failed',
      name,
      `${what} is in no log of ${label}, which logs other things`
    )
  })
}

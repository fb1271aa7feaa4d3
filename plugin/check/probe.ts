// Sends marked requests from a pod and looks for them in the logs of both versions: the proof that copies arrive.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../cluster.ts'
import { UserError } from '../errors.ts'
import { execInPod } from '../exec.ts'
import type { Io } from '../io.ts'
import { listPods, podsPath, type Pod } from '../pods.ts'
import type { StoredVirtualService } from '../virtual-services.ts'
import { findVersions, type Version } from '../workloads.ts'
import { findCaller } from './caller.ts'
import { hasSidecar } from './destination.ts'
import { link, type Link } from './link.ts'
import { planRequest, type ProbeRequest } from './probe-request.ts'

export interface ProbeOptions {
  /** Where the requests come from, a caller of the service: POD, pod/POD or deploy/NAME. */
  readonly pod: string
  readonly container?: string
  readonly path?: string
}

export async function probe(
  cluster: Cluster,
  object: StoredVirtualService,
  options: ProbeOptions,
  io: Io
): Promise<Link[]> {
  const pod = await findCaller(cluster, options.pod)
  if (!hasSidecar(pod)) {
    const detail = `pod ${pod.metadata.name} has no sidecar; its requests bypass the mesh and are not mirrored`
    return [link('failed', 'probe', detail, 'send it from a pod that has one')]
  }
  const versions = await findVersions(cluster, object)
  const live = versions.find(({ role }) => role === 'live')
  const request = planRequest(object, live?.service?.ports[0]?.port, options.path)
  const marker = `kubectl-mirror-probe/${randomUUID()}`
  const since = new Date(io.now().getTime() - 1000)
  const sent = await send(cluster, pod, { ...request, marker, container: options.container ?? firstContainer(pod) })
  if (sent.outcome !== 'ok') return [sent]
  const found = await lookFor(cluster, versions, marker, since)
  return [sent, ...versions.map((version) => describe(version, found.get(version) ?? { seen: [], logs: 0 }))]
}

function firstContainer({ spec }: Pod): string {
  const own = spec?.containers?.find(({ name }) => name !== 'istio-proxy')
  if (!own) throw new UserError('--probe: the pod has no container but its sidecar')
  return own.name
}

async function send(
  cluster: Cluster,
  pod: Pod,
  { url, method, headers, times, marker, container }: ProbeRequest & { marker: string; container: string }
): Promise<Link> {
  const curl = ['curl', '-sS', '-o', '/dev/null', '-w', '%{http_code}\n', '-m', '10', '-A', marker, '-X', method]
  const wget = ['wget', '-q', '-O', '/dev/null', '-T', '10', '-U', marker]
  const commands = [
    [...curl, ...headers.flatMap((header) => ['-H', header]), url],
    ...(method === 'GET' ? [[...wget, ...headers.flatMap((header) => ['--header', header]), url]] : [])
  ]
  const what = `${method} ${url} from ${pod.metadata.name}`
  let last = ''
  for (const command of commands) {
    const answers = new Set<string>()
    for (let round = 0; round < times; round++) {
      const { code, stdout, stderr } = await execInPod(cluster, pod, container, command)
      last = stderr.trim()
      if (code !== 0 && stdout === '') break
      answers.add(stdout.trim() || 'done')
    }
    if (answers.size > 0) {
      return link('ok', 'probe', `${what}${times > 1 ? `, ${times} times` : ''}: answered ${[...answers].join(', ')}`)
    }
  }
  return link(
    'failed',
    'probe',
    `${what} was not answered: ${last}`,
    'the container needs curl or wget; --container names another'
  )
}

interface Traces {
  /** `pod/container`, where the marker was found. */
  readonly seen: readonly string[]
  /** How many of its containers logged anything since then. */
  readonly logs: number
}

const PATIENCE = 15_000

async function lookFor(
  cluster: Cluster,
  versions: readonly Version[],
  marker: string,
  since: Date
): Promise<Map<Version, Traces>> {
  const deadline = Date.now() + PATIENCE
  const found = new Map<Version, Traces>()
  while (Date.now() < deadline) {
    const missing = versions.filter((version) => !found.get(version)?.seen.length)
    if (missing.length === 0) break
    await Promise.all(missing.map(async (version) => found.set(version, await search(cluster, version, marker, since))))
    await sleep(500)
  }
  return found
}

async function search(cluster: Cluster, version: Version, marker: string, since: Date): Promise<Traces> {
  const pods = await listPods(cluster, version)
  const containers = pods.flatMap((pod) =>
    [
      ...(pod.spec?.containers ?? []),
      ...(pod.spec?.initContainers ?? []).filter((one) => one.restartPolicy === 'Always')
    ].map(({ name }) => ({ pod, name }))
  )
  const texts = await Promise.all(containers.map(({ pod, name }) => readLog(cluster, pod, name, since)))
  return {
    seen: containers.flatMap(({ pod, name }, index) =>
      texts[index]?.includes(marker) ? [`${pod.metadata.name}/${name}`] : []
    ),
    logs: texts.filter((text) => text !== '').length
  }
}

async function readLog(cluster: Cluster, { metadata }: Pod, container: string, since: Date): Promise<string> {
  const path = `${podsPath(metadata.namespace)}/${encodeURIComponent(metadata.name)}/log`
  const response = await cluster.stream(path, {
    query: { container, sinceTime: since.toISOString().replace(/\.\d+Z$/, 'Z') }
  })
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response as AsyncIterable<string>) text += chunk
  return text
}

function describe({ role, label }: Version, { seen, logs }: Traces): Link {
  const name = `arrival at ${label}`
  const what = role === 'live' ? 'the request' : 'its copy'
  if (seen.length > 0) return link('ok', name, `${what} is in the log of ${seen.join(' and ')}`)
  if (logs === 0) {
    const remedy = 'kubectl mirror compare NAME --access-logs sees copies where nothing is logged'
    return link('unknown', name, `${what} is in no log, but nothing there logs its requests`, remedy)
  }
  return link(role === 'live' ? 'warning' : 'failed', name, `${what} is in no log of ${label}, which logs other things`)
}

// A namespace with httpbin mirrored to v2, and both versions' pods on a node: what every command can run on. Knows no command.
import { apply as applyOne, ask, collection } from '../ask.ts'
import { kubectl } from '../own-server.ts'
import { mirror, start, type Ended, type Running } from './run.ts'
import type { Node } from './node.ts'
import { SERVICE, virtualService } from './namespace.ts'

export interface Mirrored {
  readonly namespace: string
  run(...args: readonly string[]): Promise<Ended>
  start(...args: readonly string[]): Running
  /** A request that both versions logged: the application's line, and the sidecar's. */
  request(path: string): void
  /** What a run put there: EnvoyFilters, Telemetries, and the annotation and the mirror of a baseline. */
  left(): Promise<string[]>
}

const RULE = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name: 'httpbin' },
  spec: { host: 'httpbin', subsets: ['v1', 'v2'].map((version) => ({ name: version, labels: { version } })) }
}

export async function openMirrored(namespace: string, node: Node): Promise<Mirrored> {
  await kubectl(['create', 'namespace', namespace])
  for (const object of [SERVICE, RULE, virtualService()]) await applyOne(namespace, object)
  for (const version of ['v1', 'v2']) await runPod(namespace, node.name, version)
  const own: Mirrored = {
    namespace,
    run: (...args) => mirror([...args, '--namespace', namespace]),
    start: (...args) => start(namespace, ...args),
    request: (path) => {
      const id = crypto.randomUUID()
      for (const version of ['v1', 'v2']) {
        const pod = podOf(namespace, version)
        node.write(pod, 'httpbin', `GET ${path}`)
        node.write(pod, 'istio-proxy', accessLine(path, id, version === 'v2'))
      }
    },
    left: async () => {
      const found = ['networking.istio.io/v1alpha3/envoyfilters', 'telemetry.istio.io/v1/telemetries'].map((path) => {
        const [group, version, plural] = path.split('/')
        return ask<Listed>(collection(namespace, `${group}/${version}`, plural!))
      })
      const names = (await Promise.all(found)).flatMap(({ items }) => items.map(({ metadata }) => metadata.name))
      const path = `${collection(namespace, 'networking.istio.io/v1', 'virtualservices')}/httpbin`
      const { metadata, spec } = await ask<{
        readonly metadata: { readonly annotations?: object }
        readonly spec: object
      }>(path)
      const text = JSON.stringify([metadata.annotations, spec])
      return [...names, ...(text.match(/kubectl-mirror.dev\/baseline"|"mirrors"/g) ?? [])]
    }
  }
  await own.run('enable', 'httpbin', '--to', 'v2', '--direct')
  return own
}

interface Listed {
  readonly items: readonly { readonly metadata: { readonly name: string } }[]
}

export function podOf(namespace: string, version: string): string {
  return `${namespace}-${version}`
}

/** With its sidecar; that it runs is written. */
export async function runPod(namespace: string, nodeName: string, version: string, isReady = true): Promise<void> {
  const name = podOf(namespace, version)
  const containers = ['httpbin', 'istio-proxy'].map((container) => ({ name: container, image: container }))
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: 'httpbin', version } } }
  await applyOne(namespace, { ...pod, spec: { nodeName, containers } })
  const status = {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
    containerStatuses: containers.map((container) => ({
      ...container,
      imageID: '',
      ready: true,
      restartCount: 0,
      containerID: `test://${name}-${container.name}`,
      state: { running: { startedAt: new Date().toISOString() } }
    }))
  }
  await ask(`${collection(namespace, 'v1', 'pods')}/${name}/status?fieldManager=test&force=true`, 'PATCH', {
    ...pod,
    status
  })
}

function accessLine(path: string, id: string, isCopy: boolean): string {
  return (
    `[${new Date().toISOString()}] "GET ${path} HTTP/1.1" 200 - via_upstream - "-" 0 42 7 6 "${isCopy ? '10.0.0.7' : '-'}" ` +
    `"curl/8" "${id}" "httpbin:8000" "10.0.0.9:80" inbound|80|| 127.0.0.6:41 10.0.0.9:80 10.0.0.7:0 - default`
  )
}

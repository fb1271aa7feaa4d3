// An API server's pods and their logs over real HTTP, as many as no test cluster has; counts the logs that are open.
import { createServer, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Pod } from '../../../../plugin/resources/pods.ts'

export class ApiModel {
  readonly open = new Set<string>()
  mostOpen = 0
  /** Requests for logs, by pod. */
  readonly asked: string[] = []
  /** Versions whose pods, or logs, may not be read. */
  readonly forbidden: { readonly lists: Set<string>; readonly logs: Set<string> } = {
    lists: new Set(),
    logs: new Set()
  }
  readonly #pods = new Map<string, Pod>()
  readonly #watchers = new Map<ServerResponse, string>()
  readonly #server = createServer((request, response) => this.#answer(new URL(request.url!, 'http://model'), response))
  #version = 1

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  add(version: string, count: number): void {
    for (let index = 0; index < count; index++) {
      const pod = podOf(version, this.#pods.size, ++this.#version)
      this.#pods.set(pod.metadata.name, pod)
      this.#tell('ADDED', pod)
    }
  }

  remove(version: string): void {
    for (const [name, pod] of this.#pods) {
      if (pod.metadata.labels?.['version'] !== version) continue
      this.#pods.delete(name)
      this.#tell('DELETED', pod)
    }
  }

  #answer(url: URL, response: ServerResponse): void {
    const log = /\/pods\/([^/]+)\/log$/.exec(url.pathname)?.[1]
    const selector = url.searchParams.get('labelSelector') ?? ''
    if (this.#isForbidden(log, selector)) refuse(response)
    else if (log) this.#sendLog(log, url.searchParams.get('follow') === 'true', response)
    else if (url.searchParams.has('watch')) this.#watchers.set(response.writeHead(200), selector)
    else this.#sendList(selector, response)
    response.flushHeaders()
  }

  #sendList(selector: string, response: ServerResponse): void {
    const items = this.#pods.values().filter((pod) => isSelected(pod, selector))
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ metadata: { resourceVersion: String(this.#version) }, items: [...items] }))
  }

  #isForbidden(log: string | undefined, selector: string): boolean {
    const { lists, logs } = this.forbidden
    return log
      ? [...logs].some((version) => log.startsWith(`app-${version}-`))
      : [...lists].some((version) => selector.endsWith(`version=${version}`))
  }

  /** One line, and if followed then silence. */
  #sendLog(pod: string, isFollowed: boolean, response: ServerResponse): void {
    this.asked.push(pod)
    this.open.add(pod)
    this.mostOpen = Math.max(this.mostOpen, this.open.size)
    response.on('close', () => this.open.delete(pod))
    response.write(`2027-01-15T08:00:00.000000001Z I am ${pod}\n`)
    if (!isFollowed) response.end()
  }

  #tell(type: string, object: Pod): void {
    for (const [response, selector] of this.#watchers) {
      if (isSelected(object, selector)) response.write(`${JSON.stringify({ type, object })}\n`)
    }
  }
}

function refuse(response: ServerResponse): void {
  response.writeHead(403, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ kind: 'Status', reason: 'Forbidden', message: 'pods is forbidden', code: 403 }))
}

function podOf(version: string, index: number, resourceVersion: number): Pod {
  const name = `app-${version}-${index}`
  return {
    metadata: {
      name,
      namespace: 'prod',
      uid: name,
      resourceVersion: String(resourceVersion),
      labels: { app: 'app', version }
    },
    status: { containerStatuses: [{ name: 'app', containerID: `containerd://${name}`, state: { running: {} } }] }
  }
}

function isSelected({ metadata }: Pod, selector: string): boolean {
  return selector.split(',').every((term) => {
    const [key = '', value] = term.split('=')
    return metadata.labels?.[key] === value
  })
}

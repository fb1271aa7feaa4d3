// Calls the Kubernetes API as this pod's service account. Knows requests and their errors, no kind of object.
import type { IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import { join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import type { Clock } from './clock.ts'
import { FIELD_MANAGER } from './self-review.ts'

export interface Cluster {
  /** Each write carries our field manager. */
  send(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, options?: SendOptions): Promise<unknown>
  /** Opens a response whose body is read as it arrives. The signal ends it. */
  open(path: string, options: { readonly accept?: string; readonly signal: AbortSignal }): Promise<IncomingMessage>
  close(): void
}

export interface SendOptions {
  readonly body?: unknown
  /** The type of a PATCH. */
  readonly contentType?: string
  readonly accept?: string
  readonly signal?: AbortSignal
  /** Most characters of the response; above it, TooLarge is thrown. */
  readonly most?: number
  /** Receives the response's warnings, as the API server writes them into one header. */
  readonly warned?: (warnings: string) => void
}

export interface ClusterOptions {
  readonly host: string
  readonly port: number
  /** Holds `token` and `ca.crt`, as the kubelet mounts them. */
  readonly serviceAccountFolder: string
  /** Called with the time that each response was made by the API server's clock. */
  readonly observe?: Clock['observe']
}

export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export class TooLarge extends Error {
  override readonly name = 'TooLarge'
}

const RESPOND_WITHIN_MS = 15_000

/**
 * client-node authenticates as a service account, and reads the token again before it expires. Its own requests open a connection
 * each and its informers stop on the first error, so we send requests with node:https, over one agent.
 */
export function connect(options: ClusterOptions): Cluster {
  const kubeConfig = serviceAccount(options)
  const agent = new Agent({ keepAlive: true })
  const settingsOf = async (
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>
  ): Promise<RequestOptions> => {
    const settings: RequestOptions = {
      // The field manager of a write that names none. Flux treats any manager that begins with `kubectl` as kubectl.
      headers: { accept: 'application/json', 'user-agent': FIELD_MANAGER, ...headers }
    }
    await kubeConfig.applyToHTTPSOptions(settings)
    return { ...settings, agent, host: options.host, port: options.port, path, method }
  }
  const request = async (settings: RequestOptions, content?: Buffer): Promise<IncomingMessage> => {
    const sent = Date.now()
    const response = await exchange(settings, content)
    options.observe?.(response.headers.date, sent, Date.now())
    return response
  }
  return {
    async send(method, path, { body, contentType = 'application/json', accept, signal, most, warned } = {}) {
      const deadline = AbortSignal.timeout(RESPOND_WITHIN_MS)
      const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
      const headers = {
        ...(accept && { accept }),
        // Node adds no length to a DELETE: the server would read its body as the beginning of the next request.
        ...(content && { 'content-type': contentType, 'content-length': String(content.length) })
      }
      const settings = {
        ...(await settingsOf(method, managed(method, path), headers)),
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline
      }
      const response = await request(settings, content)
      const text = await readText(response, most)
      if (!isOk(response)) throw apiError(method, path, response, text)
      warned?.(response.headers.warning ?? '')
      return text === '' ? undefined : JSON.parse(text)
    },
    async open(path, { accept, signal }) {
      const response = await request({ ...(await settingsOf('GET', path, accept ? { accept } : {})), signal })
      if (!isOk(response)) throw apiError('GET', path, response, await readText(response))
      return response
    },
    close: () => agent.destroy()
  }
}

/** The object at a path; undefined if there is none. */
export async function find<T>(cluster: Cluster, path: string, options?: SendOptions): Promise<T | undefined> {
  try {
    return (await cluster.send('GET', path, options)) as T
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}

function serviceAccount({ host, port, serviceAccountFolder }: ClusterOptions): KubeConfig {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromOptions({
    clusters: [{ name: 'own', server: `https://${host}:${port}`, caFile: join(serviceAccountFolder, 'ca.crt') }],
    users: [
      {
        name: 'own',
        authProvider: { name: 'tokenFile', config: { tokenFile: join(serviceAccountFolder, 'token') } }
      }
    ],
    contexts: [{ name: 'own', cluster: 'own', user: 'own' }],
    currentContext: 'own'
  })
  return kubeConfig
}

function managed(method: string, path: string): string {
  if (method === 'GET' || method === 'DELETE') return path
  return `${path}${path.includes('?') ? '&' : '?'}fieldManager=${FIELD_MANAGER}`
}

function exchange(options: RequestOptions, content?: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    httpsRequest(options, resolve).on('error', reject).end(content)
  })
}

async function readText(response: IncomingMessage, most = Number.POSITIVE_INFINITY): Promise<string> {
  const parts: string[] = []
  let size = 0
  response.setEncoding('utf8') // buffers would pile up outside the heap and be collected late
  for await (const part of response as AsyncIterable<string>) {
    size += part.length
    // Leaving the loop closes the connection.
    if (size > most) throw new TooLarge(`the response has more than ${most} characters`)
    parts.push(part)
  }
  return parts.join('')
}

function isOk({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300
}

/** kube-apiserver sends errors as a Status; its message is enough. */
function apiError(method: string, path: string, { statusCode = 0 }: IncomingMessage, text: string): ApiError {
  let message = text
  try {
    message = (JSON.parse(text) as { message?: string }).message ?? text
  } catch {
    // Probably a proxy's error page: shown as it is.
  }
  return new ApiError(statusCode, `${method} ${path}: ${statusCode} ${message}`)
}

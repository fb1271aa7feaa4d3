// Talks to the Kubernetes API as this pod's service account. Knows requests and their errors, no kind of object.
import { readFileSync } from 'node:fs'
import { Agent, request, type RequestOptions } from 'node:https'
import type { IncomingMessage } from 'node:http'

/*
 * Not client-node: its KubeConfig alone doubles the resident size of the whole webhook (81 MB for 43 MB), to read a token,
 * a CA and two environment variables. See docs/decisions/.
 */
export interface Cluster {
  send(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, options?: SendOptions): Promise<unknown>
  /** A response whose body is read as it comes. Ended by the signal. */
  open(path: string, options: { readonly accept?: string; readonly signal: AbortSignal }): Promise<IncomingMessage>
  close(): void
}

export interface SendOptions {
  readonly body?: unknown
  /** How a PATCH is meant. */
  readonly contentType?: string
  readonly accept?: string
  readonly signal?: AbortSignal
  /** Given the warnings of the answer, as the API server writes them into one header. */
  readonly warned?: (warnings: string) => void
}

export interface ClusterOptions {
  readonly host: string
  readonly port: number
  /** Holds `token` and `ca.crt`, as the kubelet mounts them. */
  readonly serviceAccountFolder: string
}

export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const ANSWER_WITHIN_MS = 15_000

export function connect({ host, port, serviceAccountFolder }: ClusterOptions): Cluster {
  const agent = new Agent({ keepAlive: true, ca: readFileSync(`${serviceAccountFolder}/ca.crt`) })
  const options = (method: string, path: string, headers: Record<string, string>): RequestOptions => ({
    agent,
    host,
    port,
    path,
    method,
    // Read each time: the kubelet replaces the token long before it ends.
    headers: {
      accept: 'application/json',
      ...headers,
      authorization: `Bearer ${readFileSync(`${serviceAccountFolder}/token`, 'utf8').trim()}`,
      'user-agent': 'kubectl-mirror-webhook'
    }
  })
  return {
    async send(method, path, { body, contentType = 'application/json', accept, signal, warned } = {}) {
      const deadline = AbortSignal.timeout(ANSWER_WITHIN_MS)
      const headers = { ...(accept && { accept }), ...(body !== undefined && { 'content-type': contentType }) }
      const settings = {
        ...options(method, path, headers),
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline
      }
      const response = await exchange(settings, body === undefined ? undefined : JSON.stringify(body))
      const text = await readText(response)
      if (!isOk(response)) throw apiError(method, path, response, text)
      warned?.(response.headers.warning ?? '')
      return text === '' ? undefined : JSON.parse(text)
    },
    async open(path, { accept, signal }) {
      const response = await exchange({ ...options('GET', path, accept ? { accept } : {}), signal })
      if (!isOk(response)) throw apiError('GET', path, response, await readText(response))
      return response
    },
    close: () => agent.destroy()
  }
}

function exchange(options: RequestOptions, content?: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(options, resolve).on('error', reject).end(content)
  })
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer) // no encoding is set, so they are buffers
  return Buffer.concat(chunks).toString('utf8')
}

function isOk({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300
}

/** kube-apiserver answers errors with a Status, whose message says it all. */
function apiError(method: string, path: string, { statusCode = 0 }: IncomingMessage, text: string): ApiError {
  let message = text
  try {
    message = (JSON.parse(text) as { message?: string }).message ?? text
  } catch {
    // A proxy's own error page, then: shown as it is.
  }
  return new ApiError(statusCode, `${method} ${path}: ${statusCode} ${message}`)
}

// Requests to the admin port of a pod's sidecar, through a port-forward each. Knows no endpoint of it.
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import type { Duplex, Readable } from 'node:stream'
import type { Cluster } from '../cluster.ts'
import type { Pod } from '../pods.ts'
import { openPort } from '../port-forward.ts'

/** pilot-agent's `--proxyAdminPort`; the sidecar injector knows no other. */
export const ADMIN_PORT = 15_000

export interface AdminRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: object
  readonly signal: AbortSignal
}

/** Resolves with the head of the answer, whatever its status. Ending it ends the port-forward. */
export async function askAdmin(
  cluster: Cluster,
  pod: Pick<Pod, 'metadata'>,
  { method, path, body, signal }: AdminRequest
): Promise<IncomingMessage> {
  const connection = await openAdmin(cluster, pod, signal)
  return new Promise((resolve, reject) => {
    const onward = request(
      { method, path, signal, createConnection: () => connection, host: 'localhost', port: ADMIN_PORT },
      resolve
    )
    onward.on('error', (error) => {
      connection.destroy()
      reject(error)
    })
    onward.on('close', () => connection.destroy())
    onward.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** The port-forward itself, which whoever asks for it destroys. */
export async function openAdmin(cluster: Cluster, pod: Pick<Pod, 'metadata'>, signal: AbortSignal): Promise<Duplex> {
  const connection = await openPort(cluster, pod, ADMIN_PORT, signal)
  if (connection.destroyed) throw connection.errored ?? new Error('the connection to the pod was lost')
  return connection
}

/** Not `for await`: to that an HTTP/2 stream is over when its last byte has come, read or not. */
export async function readText(response: Readable): Promise<string> {
  let text = ''
  response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  await once(response, 'close')
  return text
}

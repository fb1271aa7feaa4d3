// Requests to the admin port of a pod's sidecar, through a port-forward each. Knows no endpoint of it.
import { request, type IncomingMessage } from 'node:http'
import type { Cluster } from '../cluster.ts'
import type { Pod } from '../pods.ts'
import { openPort } from '../port-forward.ts'

/** pilot-agent's `--proxyAdminPort`; the sidecar injector knows no other. */
const ADMIN_PORT = 15_000

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
  const connection = await openPort(cluster, pod, ADMIN_PORT, signal)
  if (connection.destroyed) throw connection.errored ?? new Error('the connection to the pod was lost')
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

export async function readText(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response as AsyncIterable<string>) text += chunk
  return text
}

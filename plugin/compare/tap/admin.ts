// Requests to the admin port of a pod's sidecar, through a port-forward each. Knows no endpoint of it.
import { once } from 'node:events'
import { connect, type ClientHttp2Stream } from 'node:http2'
import type { Cluster } from '../../client/client.ts'
import type { Pod } from '../../resources/pods.ts'
import { openPort } from '../../resources/port-forward.ts'

/** pilot-agent's `--proxyAdminPort`; the sidecar injector knows no other. */
const ADMIN_PORT = 15_000
/** Bytes on their way that nobody has read yet: more than the longest answer that has to fit. */
export const MOST_UNREAD = 16 << 20

export interface AdminRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: object
  readonly signal: AbortSignal
}

/** Whatever the status; the rest can be read as it comes. Ending it ends the port-forward. */
export interface AdminAnswer {
  readonly status: number
  readonly answer: ClientHttp2Stream
}

/**
 * Over HTTP/2, so that a reader can say when the next part of a long answer comes. Envoy's admin port tells it from
 * HTTP/1.1 by the first bytes (AdminImpl::createCodec).
 */
export async function askAdmin(
  cluster: Cluster,
  pod: Pick<Pod, 'metadata'>,
  { method, path, body, signal }: AdminRequest
): Promise<AdminAnswer> {
  const connection = await openPort(cluster, pod, ADMIN_PORT, signal)
  if (connection.destroyed) throw connection.errored ?? lost()
  const session = connect(`http://localhost:${ADMIN_PORT}`, {
    createConnection: () => connection,
    settings: { initialWindowSize: MOST_UNREAD }
  })
  session.once('connect', () => session.setLocalWindowSize(MOST_UNREAD))
  session.once('close', () => connection.destroy())
  // It ends the stream too, and is told there.
  session.on('error', () => {})
  const answer = session.request({ ':method': method, ':path': path }, { signal })
  answer.once('close', () => session.destroy())
  answer.end(body === undefined ? undefined : JSON.stringify(body))
  return new Promise((resolve, reject) => {
    answer.once('response', ({ ':status': status = 0 }) => resolve({ status, answer }))
    answer.once('error', reject)
    answer.once('close', () => reject(lost()))
  })
}

function lost(): Error {
  return new Error('the connection to the pod was lost')
}

/** Not `for await`: to that the stream is over when its last byte has come, read or not. */
export async function readText(answer: ClientHttp2Stream): Promise<string> {
  let text = ''
  answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  await once(answer, 'close')
  return text
}

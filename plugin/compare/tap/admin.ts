// Requests to the admin port of a pod's sidecar, each through a port-forward. Knows no endpoint.
import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from '../../client/client.ts'
import { LOST } from '../../client/websocket.ts'
import type { Pod } from '../../resources/pods.ts'
import { openPort } from '../../resources/port-forward.ts'

/** pilot-agent's `--proxyAdminPort`; the sidecar injector sets no other. */
const ADMIN_PORT = 15_000
/** Bytes in flight: more than the longest response that has to fit. */
const MOST_UNREAD = 16 << 20

export interface AdminRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: object
  readonly signal: AbortSignal
}

export interface AdminResponse {
  /** Any status, errors included. */
  readonly status: number
  /** The body as it arrives. Ending it ends the port-forward. */
  readonly body: ClientHttp2Stream
  /** When nothing more comes, also after an error. An empty body may have closed before its response is looked at. */
  readonly closed: Promise<void>
  readonly session: ClientHttp2Session
}

/**
 * Over HTTP/2, so that the reader of a long response controls when its next part comes. Envoy's admin port recognises it
 * by its first bytes (AdminImpl::createCodec).
 */
export async function askAdmin(
  cluster: Cluster,
  pod: Pick<Pod, 'metadata'>,
  { method, path, body, signal }: AdminRequest
): Promise<AdminResponse> {
  const connection = await openPort(cluster, pod, ADMIN_PORT, signal)
  if (connection.destroyed) throw connection.errored ?? lost()
  const session = connect(`http://localhost:${ADMIN_PORT}`, {
    createConnection: () => connection,
    settings: { initialWindowSize: MOST_UNREAD }
  })
  session.once('connect', () => session.setLocalWindowSize(MOST_UNREAD))
  session.once('close', () => connection.destroy())
  // An error also ends the stream, which reports it.
  session.on('error', () => {})
  const stream = session.request({ ':method': method, ':path': path }, { signal })
  const closed = new Promise<void>((resolve) => stream.once('close', resolve))
  void closed.then(() => session.destroy())
  stream.end(body === undefined ? undefined : JSON.stringify(body))
  return new Promise((resolve, reject) => {
    stream.once('response', ({ ':status': status = 0 }) => resolve({ status, body: stream, closed, session }))
    stream.once('error', reject)
    void closed.then(() => reject(lost()))
  })
}

function lost(): Error {
  return new Error(LOST)
}

/** Not `for await`: that ends when the last byte has arrived, read or not. */
export async function readText({ body, closed }: Pick<AdminResponse, 'body' | 'closed'>): Promise<string> {
  let text = ''
  body.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  await closed
  if (body.errored) throw body.errored
  return text
}

/**
 * Lets a long response arrive in batches, until the session ends: opens the HTTP/2 window now and then, and closes it
 * again. Otherwise each record travels while the request it describes is being served, and wakes containerd, the kubelet,
 * the API server and us, which costs more than carrying it.
 */
export async function receiveInBatches(session: ClientHttp2Session): Promise<void> {
  while (!session.destroyed) {
    await setWindow(session, MOST_UNREAD)
    await setWindow(session, 0)
    await pause(BATCH_EVERY, undefined, { ref: false })
  }
}

const BATCH_EVERY = 250

/** Of every stream. Resolves when the other side acknowledges it (by then it has sent all it may), or is gone. */
async function setWindow(session: ClientHttp2Session, initialWindowSize: number): Promise<void> {
  if (session.destroyed) return
  await new Promise<unknown>((resolve) => session.settings({ initialWindowSize }, resolve))
}

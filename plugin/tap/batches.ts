// An answer of a sidecar's admin port, over HTTP/2, so that its reader says when the next batch of it comes.
import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from '../cluster.ts'
import type { Pod } from '../pods.ts'
import { ADMIN_PORT, openAdmin, type AdminRequest } from './admin.ts'

/**
 * Over HTTP/1.1 each record is on its way when it is made, just while the request that it tells of is answered: containerd,
 * the kubelet, the API server and we wake up for it, which costs more than to carry it. So the stream's window is opened
 * now and then, and Envoy sends all that it has by then.
 */
const EVERY = 250
/** Bytes of a batch; also the longest record must fit. */
const MOST = 16 << 20

/** What was answered, whatever its status; the rest can be read as it comes. Ending it ends the port-forward. */
export async function askInBatches(
  cluster: Cluster,
  pod: Pick<Pod, 'metadata'>,
  { method, path, body, signal }: AdminRequest
): Promise<{ readonly status: number; readonly answer: ClientHttp2Stream }> {
  const connection = await openAdmin(cluster, pod, signal)
  // Envoy's admin port tells HTTP/1.1 and HTTP/2 apart by the first bytes (AdminImpl::createCodec).
  const session = connect(`http://localhost:${ADMIN_PORT}`, {
    createConnection: () => connection,
    settings: { initialWindowSize: MOST }
  })
  session.once('connect', () => session.setLocalWindowSize(MOST))
  session.once('close', () => connection.destroy())
  // It ends the stream too, and is told there.
  session.on('error', () => {})
  const answer = session.request({ ':method': method, ':path': path }, { signal })
  answer.once('close', () => session.destroy())
  answer.end(body === undefined ? undefined : JSON.stringify(body))
  return new Promise((resolve, reject) => {
    answer.once('response', ({ ':status': status = 0 }) => {
      // What is told in one piece needs no batches, and would wait for the first.
      if (status === 200) void openNowAndThen(session)
      resolve({ status, answer })
    })
    answer.once('error', reject)
    answer.once('close', () => reject(new Error('the connection to the pod was lost')))
  })
}

/** The window is closed when the other side has said that it knows it open: by then it has sent what it had. */
async function openNowAndThen(session: ClientHttp2Session): Promise<void> {
  while (!session.destroyed) {
    await setWindow(session, MOST)
    await setWindow(session, 0)
    await pause(EVERY, undefined, { ref: false })
  }
}

/** Of every stream. Resolves when the other side knows it, or when there is no other side any more. */
async function setWindow(session: ClientHttp2Session, initialWindowSize: number): Promise<void> {
  if (session.destroyed) return
  await new Promise<unknown>((resolve) => session.settings({ initialWindowSize }, resolve))
}

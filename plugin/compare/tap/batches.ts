// Lets a long answer come in batches: its reader opens the HTTP/2 window now and then, and closes it again.
import type { Http2Session } from 'node:http2'
import { setTimeout as pause } from 'node:timers/promises'
import { MOST_UNREAD } from './admin.ts'

/**
 * Otherwise each record is on its way when it is made, just while the request that it tells of is answered: containerd,
 * the kubelet, the API server and we wake up for it, which costs more than to carry it.
 */
const EVERY = 250

/** Until the session ends. The window is closed when the other side has said that it knows it open: then it has sent. */
export async function inBatches(session: Http2Session): Promise<void> {
  while (!session.destroyed) {
    await setWindow(session, MOST_UNREAD)
    await setWindow(session, 0)
    await pause(EVERY, undefined, { ref: false })
  }
}

/** Of every stream. Resolves when the other side knows it, or when there is no other side any more. */
async function setWindow(session: Http2Session, initialWindowSize: number): Promise<void> {
  if (session.destroyed) return
  await new Promise<unknown>((resolve) => session.settings({ initialWindowSize }, resolve))
}

// A TCP relay before the API server that can break its connections, or keep them and stop forwarding. Knows no command.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { serverAccess } from '../ask.ts'

export interface Relay {
  readonly server: string
  /** Connections that were made through it. */
  count(): number
  /** Resets what is open. */
  cut(): void
  /** Nothing passes any more, in either direction, on old connections and new ones; none of them ends. */
  blackHole(): void
  /** New connections pass again; the old ones stay dead. */
  restore(): void
  close(): void
}

export async function openRelay(): Promise<Relay> {
  const target = Number(new URL((await serverAccess()).server).port)
  const sockets = new Set<Socket>()
  let [made, isSilent] = [0, false]
  const relay = createServer((near) => {
    made++
    sockets.add(near)
    near.on('error', () => undefined)
    if (isSilent) return
    const far = connect(target, '127.0.0.1')
    sockets.add(far)
    for (const [from, to] of [
      [near, far],
      [far, near]
    ] as const) {
      from.pipe(to)
      from.on('error', () => to.destroy())
    }
  }).listen(0, '127.0.0.1')
  await once(relay, 'listening')
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  return {
    server: `https://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    count: () => made,
    cut,
    blackHole: () => {
      isSilent = true
      for (const socket of sockets) socket.unpipe().pause()
    },
    restore: () => {
      isSilent = false
    },
    close: () => {
      relay.close()
      cut()
    }
  }
}

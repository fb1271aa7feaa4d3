// One at a time: a lock that the kernel gives back when its owner dies; knows not what it guards.
import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Say } from './progress.ts'

/** The owner listens on an abstract socket: no file is left behind, and a killed owner's name is free at once. */
export async function exclusively<T>(
  name: string,
  { say, signal }: { say: Say; signal: AbortSignal },
  work: () => Promise<T>
): Promise<T> {
  // Only Linux has abstract sockets. Elsewhere two builds may run at once: wasteful, and still right (see cache.ts).
  if (process.platform !== 'linux') return work()
  const socket = `\0kubectl-mirror-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`
  let lock = await take(socket)
  if (lock === undefined) say('waiting for another run to finish')
  while (lock === undefined) {
    await sleep(300, undefined, { signal })
    lock = await take(socket)
  }
  try {
    return await work()
  } finally {
    lock.close()
  }
}

/** undefined: another process has it. */
function take(socket: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((connection) => connection.destroy())
    server.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)
    )
    server.listen(socket, () => resolve(server))
  })
}

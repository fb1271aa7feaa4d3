// The veth pair that joins the sandbox to the host, so that kubectl works from outside; the one link that the host sees.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './command.ts'
import { initOf, inside } from './namespace.ts'
import type { SandboxRecord } from './record.ts'
import type { Session } from './session.ts'
import type { Place } from './place.ts'

export async function joinHost({ place, signal }: Session, record: SandboxRecord): Promise<void> {
  const { hostLink, nodeLink, hostAddress, nodeAddress } = place
  const log = join(place.logs, 'network.log')
  const ip = (...args: string[]) => run('ip', args, { log, signal })
  const ipInside = (...args: string[]) => {
    const [file = '', ...rest] = inside(record, ['ip', ...args])
    return run(file, rest, { log, signal })
  }
  await ip('link', 'add', hostLink, 'type', 'veth', 'peer', 'name', nodeLink, 'netns', String(initOf(record)))
  await ip('address', 'add', `${hostAddress}/30`, 'dev', hostLink)
  await ip('link', 'set', hostLink, 'up')
  await ipInside('address', 'add', `${nodeAddress}/30`, 'dev', nodeLink)
  await ipInside('link', 'set', nodeLink, 'up')
  // Without a route to them, packets to the Services' addresses never reach kube-proxy's rules.
  await ipInside('route', 'add', 'default', 'via', hostAddress)
}

/** The peer goes with it. It would go with its namespace too, but only some time after that has died. */
export async function leaveHost({ hostLink }: Place): Promise<void> {
  const isThere = () => existsSync(`/sys/class/net/${hostLink}`)
  if (!isThere()) return
  try {
    await run('ip', ['link', 'delete', hostLink])
  } catch (error) {
    if (isThere()) throw error // else the namespace was quicker
  }
}

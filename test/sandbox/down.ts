// Ends a sandbox whatever its state, and leaves nothing of it but the cache; asks nothing.
import { rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { removeCgroups } from './cgroups.ts'
import { Failure } from './failure.ts'
import { initOf } from './namespace.ts'
import { leaveHost } from './network.ts'
import type { Place } from './place.ts'
import { identify, type Identity, isAlive, killAndWait } from './processes.ts'
import { readRecord, type SandboxRecord } from './record.ts'

const GRACE = 20_000

/** Killing the holder is all: its namespaces' processes die with it, and their mounts and links go with the namespaces. */
export async function tearDown(place: Place): Promise<void> {
  const record = readRecord(place)
  if (record?.holder !== undefined && isAlive(record.holder)) await endHolder(record, record.holder)
  for (const daemon of Object.values(record?.daemons ?? {})) await killAndWait(daemon, 'SIGKILL', GRACE)
  await leaveHost(place)
  await removeCgroups(place)
  await rm(place.state, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
}

/** Whether there is anything to take down. */
export function leavesTraces(place: Place): boolean {
  return existsSync(place.state) || existsSync(`/sys/class/net/${place.hostLink}`)
}

async function endHolder(record: SandboxRecord, holder: Identity): Promise<void> {
  const init = initIdentity(record)
  await killAndWait(holder, 'SIGKILL', GRACE)
  if (init === undefined || (await killAndWait(init, 'SIGKILL', GRACE))) return
  throw new Failure(`process ${init.pid}, which holds the sandbox's namespaces, survives SIGKILL`, {
    remedy: `see what it waits for: cat /proc/${init.pid}/stack`
  })
}

/** Its death is what counts: it comes after that of all others in its pid namespace. */
function initIdentity(record: SandboxRecord): Identity | undefined {
  try {
    return identify(initOf(record))
  } catch {
    return undefined
  }
}

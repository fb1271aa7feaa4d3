// Judges whether a sandbox stands and is sound; changes nothing.
import { assetsKey } from './assets.ts'
import { toolsFolder } from './downloads.ts'
import { leavesTraces } from './down.ts'
import { kubectl } from './kubectl.ts'
import { type Identity, isAlive } from './processes.ts'
import { readRecord } from './record.ts'
import type { Session } from './session.ts'

/** undefined: it is sound. Else what is wrong with it, one sentence. */
export async function flawOf(session: Session): Promise<string | undefined> {
  const { place } = session
  if (!leavesTraces(place)) return 'there is none'
  const record = readRecord(place)
  if (record === undefined) return 'it was never finished'
  if (!record.ready) return 'it was never finished, or is just being started'
  if (record.key !== assetsKey(place)) return 'it is made of other versions or images'
  const processes: Record<string, Identity | undefined> = {
    'the holder of its namespaces': record.holder,
    ...record.daemons
  }
  const dead = Object.entries(processes).filter(([, process]) => process === undefined || !isAlive(process))
  if (dead.length > 0) return `no longer running: ${dead.map(([name]) => name).join(', ')}`
  try {
    await kubectl({ session, tools: toolsFolder(place) }, ['get', '--raw', '/readyz', '--request-timeout', '5s'])
    return undefined
  } catch (error) {
    return `its API server is not ready: ${error instanceof Error ? error.message : String(error)}`
  }
}

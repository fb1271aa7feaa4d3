// Stops the sandbox's API server and starts it again, as an upgrade or a crash does; every connection to it breaks.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startDaemon } from '../sandbox/daemons.ts'
import { placeOf } from '../sandbox/place.ts'
import { identify, isAlive, killAndWait } from '../sandbox/processes.ts'
import { readRecord, writeRecord } from '../sandbox/record.ts'

const NAME = 'kube-apiserver'

/** `SIGTERM` lets it end its answers as if they were complete; `SIGKILL` does not. */
export async function restartApiServer(signal: 'SIGTERM' | 'SIGKILL', away: number): Promise<void> {
  const place = placeOf(process.env)
  const record = readRecord(place)
  const running = record?.daemons[NAME]
  if (!record || !running) throw new Error('the sandbox has no API server on record')
  // What is on record is nsenter, which waits for the server, its only child, and ends with it.
  const command = readFileSync(`/proc/${running.pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  const child = Number(readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, 'utf8'))
  const server = identify(child)
  if (!server) throw new Error('the API server does not run')
  if (!(await killAndWait(server, signal, 90_000))) throw new Error(`the API server outlived ${signal}`)
  while (isAlive(running)) await sleep(20)
  await sleep(away)
  record.daemons[NAME] = startDaemon(command, join(place.logs, `${NAME}.log`), place.state)
  writeRecord(place, record)
}

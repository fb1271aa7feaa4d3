// Who a process is: its pid and when it was born, so that a recycled pid is never taken for ours; starts nothing.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Identity {
  pid: number
  /** Boot and clock ticks since it: /proc alone would repeat itself after a reboot. */
  born: string
}

/** undefined: no such process, or only its zombie. Where there is no /proc, a pid is all that is known of it. */
export function identify(pid: number): Identity | undefined {
  try {
    if (process.platform !== 'linux') return process.kill(pid, 0) ? { pid, born: '' } : undefined
    const { state, started } = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return state === 'Z' || state === 'X' ? undefined : { pid, born: `${boot} ${started}` }
  } catch {
    return undefined
  }
}

export function isAlive(identity: Identity): boolean {
  return identify(identity.pid)?.born === identity.born
}

/** Resolves once it is gone, of any parent; another that has the same pid is left alone. */
export async function killAndWait(identity: Identity, signal: NodeJS.Signals, timeout: number): Promise<boolean> {
  if (!isAlive(identity)) return true
  process.kill(identity.pid, signal)
  const end = Date.now() + timeout
  while (isAlive(identity)) {
    if (Date.now() > end) return false
    await sleep(20)
  }
  return true
}

/** The name, field 2, may hold spaces and parentheses: fields are counted from the last one. */
export function parseStat(stat: string): { state: string; started: string } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, started] = [fields[0], fields[19]]
  if (state === undefined || started === undefined) throw new Error(`not a line of /proc/PID/stat: ${stat}`)
  return { state, started }
}

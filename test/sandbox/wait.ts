// Waits until something holds, and gives up at once when the process that should make it hold has died.
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from './failure.ts'
import { type Identity, isAlive } from './processes.ts'

export interface WaitOptions {
  timeout: number
  signal: AbortSignal
  /** Where the one who is waited for writes. */
  log: string
  process?: Identity
}

/** A probe that throws does not hold yet; the last reason is told if it never does. */
export async function waitFor(
  what: string,
  probe: () => Promise<boolean> | boolean,
  options: WaitOptions
): Promise<void> {
  const end = Date.now() + options.timeout
  for (;;) {
    options.signal.throwIfAborted()
    const outcome = await attempt(probe)
    if (outcome === true) return
    if (options.process !== undefined && !isAlive(options.process)) {
      throw new Failure(`${what}: its process ended`, { log: options.log })
    }
    const reason = outcome === false ? '' : `: ${outcome instanceof Error ? outcome.message : String(outcome)}`
    if (Date.now() > end)
      throw new Failure(`${what}: not there after ${options.timeout / 1000} s${reason}`, { log: options.log })
    await sleep(100, undefined, { signal: options.signal })
  }
}

async function attempt(probe: () => Promise<boolean> | boolean): Promise<unknown> {
  try {
    return await probe()
  } catch (error) {
    return error
  }
}

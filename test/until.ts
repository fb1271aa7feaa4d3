// The one word for waiting in tests: asks until something holds. Knows no cluster.
import { setTimeout as sleep } from 'node:timers/promises'

export interface Patience {
  /** Milliseconds. No claim, only an end: on a busy machine a start alone takes many seconds. */
  readonly within?: number
  readonly every?: number
}

/** A probe that throws does not hold yet; the last reason is given when it never does. */
export async function until(
  what: string,
  probe: () => Promise<boolean> | boolean,
  { within = 15_000, every = 50 }: Patience = {}
): Promise<void> {
  const end = Date.now() + within
  for (;;) {
    const outcome = await attempt(probe)
    if (outcome === true) return
    if (Date.now() > end) throw new Error(`not within ${within} ms: ${what}`, { cause: outcome })
    await sleep(every)
  }
}

async function attempt(probe: () => Promise<boolean> | boolean): Promise<unknown> {
  try {
    return await probe()
  } catch (error) {
    return error
  }
}

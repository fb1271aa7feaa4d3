// The one word for waiting in tests: asks until something holds. Knows no cluster.
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * A probe that throws does not hold yet; the last reason is given when it never does. `withinMs` claims nothing and is only an
 * end: on a busy machine a start alone takes many seconds.
 */
export async function until(
  what: string,
  probe: () => Promise<boolean> | boolean,
  withinMs = 15_000,
  everyMs = 100
): Promise<void> {
  const end = Date.now() + withinMs
  for (;;) {
    const outcome = await attempt(probe)
    if (outcome === true) return
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`, { cause: outcome })
    await sleep(everyMs)
  }
}

async function attempt(probe: () => Promise<boolean> | boolean): Promise<unknown> {
  try {
    return await probe()
  } catch (error) {
    return error
  }
}

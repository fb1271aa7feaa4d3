// The time by the API server's clock: what replicas whose own clocks differ agree on, and what judges certificates. Asks nobody.

export interface Clock {
  now(): Date
  /** Call with the Date header of each response, and when its request was sent and it began, by `Date.now()`. */
  observe(header: string | undefined, sent: number, received: number): void
}

/** The header has whole seconds, and clocks that agree this well need no correction. */
const TOLERANCE_MS = 2000

/** `changed`: by how many milliseconds the own clock is behind; 0 if it is right. */
export function createClock(changed: (behindMs: number) => void): Clock {
  let behind = 0
  return {
    now: () => new Date(Date.now() + behind),
    observe(header, sent, received) {
      const there = Date.parse(header ?? '')
      // While a response takes its time, either clock may be right.
      if (Number.isNaN(there) || received - sent > TOLERANCE_MS) return
      const found = there + 500 - (sent + received) / 2
      const next = Math.abs(found) <= TOLERANCE_MS ? 0 : found
      if (Math.abs(next - behind) <= TOLERANCE_MS && (next === 0) === (behind === 0)) return
      behind = next
      changed(behind)
    }
  }
}

// Remembers what could not be healed while neither admission nor the API server answered, and has it healed as soon as they do again.
// Heals nothing.

export interface Outage {
  /** From the first healing that nothing answered to the next that was answered. */
  lasts(): boolean
  /** A healing was not answered. Milliseconds until the next attempt; undefined: another key comes first. */
  unanswered(key: string): number | undefined
  answered(key: string): void
  forget(key: string): void
}

/** One key is tried again at a time, so that an hour's outage ends as soon as a second's, and a long one costs little. */
const PROBE_MS = 2000

/** `retry` heals a key after a delay. */
export function createOutage(retry: (key: string, delayMs: number) => void): Outage {
  /** In the order in which they are tried. */
  const waiting = new Set<string>()
  let probe: string | undefined
  const probeNext = (): string | undefined => {
    ;[probe] = waiting
    return probe
  }
  return {
    lasts: () => waiting.size > 0,
    unanswered(key) {
      // Last: it may be one that is never answered, whatever the others are.
      waiting.delete(key)
      waiting.add(key)
      if (probe !== undefined && probe !== key) return undefined
      const next = probeNext()
      if (next === key) return PROBE_MS
      if (next !== undefined) retry(next, PROBE_MS)
      return undefined
    },
    answered(key) {
      waiting.delete(key)
      const keys = [...waiting]
      waiting.clear()
      probe = undefined
      for (const one of keys) retry(one, 0)
    },
    forget(key) {
      waiting.delete(key)
      if (probe !== key) return
      const next = probeNext()
      if (next !== undefined) retry(next, PROBE_MS)
    }
  }
}

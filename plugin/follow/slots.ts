// Which logs are read when there are more than may be read at once: as many of each version as of any other. Pure.

export interface Candidate {
  /** A version: candidates of one group compete with each other, groups share alike. */
  readonly group: string
  readonly isActive: boolean
}

/** At most one move, to be made before asking again; nothing where all is as it should be. */
export interface Move<C extends Candidate> {
  readonly start?: C
  readonly stop?: C
}

/** `candidates` are in the order of their arrival. Stops one only where another version has two fewer. */
export function nextMove<C extends Candidate>(candidates: readonly C[], limit: number): Move<C> {
  const active = candidates.filter(({ isActive }) => isActive)
  if (active.length === candidates.length) return {}
  const counts = new Map<string, number>(candidates.map(({ group }) => [group, 0]))
  for (const { group } of active) counts.set(group, counts.get(group)! + 1)
  const waiting = candidates.filter(({ isActive }) => !isActive)
  const start = waiting.reduce((best, one) => (counts.get(one.group)! < counts.get(best.group)! ? one : best))
  if (active.length < limit) return { start }
  const stop = active.reduce((best, one) => (counts.get(one.group)! >= counts.get(best.group)! ? one : best))
  return counts.get(stop.group)! - counts.get(start.group)! >= 2 ? { stop } : {}
}

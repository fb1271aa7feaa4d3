// Of two long texts the parts where they differ. Knows not what they say.

/** Without what both begin with, but for `before` characters: what is cut off later is then not the difference. */
export function fromDifference(live: string, copy: string, before: number): [live: string, copy: string] {
  const first = firstDifference(live, copy)
  if (first <= before) return [live, copy]
  const from = first - before
  // A whole line to begin with, where there is one.
  const line = live.indexOf('\n', from) + 1
  const start = line > 0 && line <= first ? line : from
  return [`...${live.slice(start)}`, `...${copy.slice(start)}`]
}

/** 0: there is none. */
function firstDifference(live: string, copy: string): number {
  const shorter = Math.min(live.length, copy.length)
  let first = 0
  while (first < shorter && live[first] === copy[first]) first++
  return first === live.length && first === copy.length ? 0 : first
}

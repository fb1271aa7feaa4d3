// Warnings as kube-apiserver passes them on: it cuts one at 256 characters and drops all past 4,096. Knows no mirror.

const LONGEST = 256
const ALL = 4096
/** None is shorter than 16 characters. */
const MOST = ALL / 16
const MORE = ' more warnings: see `kubectl mirror check`'

/** Cut where the API server would cut, but visibly: an ellipsis, and a last line that says how many are missing. */
export function withinLimits(warnings: readonly string[]): string[] {
  const cut = warnings.slice(0, MOST).map((warning) => shorten(warning))
  const fitting = countFitting(cut, ALL)
  if (fitting === warnings.length) return cut
  const kept = cut.slice(0, countFitting(cut, ALL - MORE.length - String(warnings.length).length))
  return [...kept, `${warnings.length - kept.length}${MORE}`]
}

/** By code points, as the API server counts. */
function shorten(text: string): string {
  const characters = Array.from(text)
  return characters.length <= LONGEST ? text : `${characters.slice(0, LONGEST - 1).join('')}…`
}

function countFitting(warnings: readonly string[], limit: number): number {
  let total = 0
  const tooMany = warnings.findIndex((warning) => (total += Array.from(warning).length) > limit)
  return tooMany === -1 ? warnings.length : tooMany
}

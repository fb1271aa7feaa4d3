// Regular expressions as users of stern and grep write them, and marking what they match. Knows no flag.

/** JavaScript's syntax, and Go's leading `(?i)`. Throws SyntaxError. */
export function parsePattern(text: string): RegExp {
  const [, modes = '', pattern = ''] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(text) ?? []
  return new RegExp(pattern, [...new Set(modes)].join(''))
}

/** Wraps every match of any pattern; overlapping matches once. */
export function makeHighlight(patterns: readonly RegExp[], wrap: (text: string) => string): (text: string) => string {
  const everywhere = patterns.map(({ source, flags }) => new RegExp(source, `${flags}g`))
  return (text) => {
    let out = ''
    let at = 0
    for (const [start, end] of rangesOf(text, everywhere)) {
      if (end <= at) continue
      const from = Math.max(start, at)
      out += text.slice(at, from) + wrap(text.slice(from, end))
      at = end
    }
    return out + text.slice(at)
  }
}

/** Start and end of every match that is not empty, from left to right. */
function rangesOf(text: string, patterns: readonly RegExp[]): [number, number][] {
  const ranges = patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(({ index, 0: match }): [number, number] => [index, index + match.length])
  )
  return ranges.filter(([start, end]) => end > start).toSorted(([one], [other]) => one - other)
}

// Edits of a text: what is between them stays byte for byte.

export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Splices at the same place keep their order. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const parts: string[] = []
  let done = 0
  for (const { start, end, text: inserted } of splices.toSorted((a, b) => a.start - b.start)) {
    if (start < done) throw new Error('two edits of one place')
    parts.push(text.slice(done, start), inserted)
    done = end
  }
  return parts.join('') + text.slice(done)
}

/** The start of the line that the offset is in. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

/** Behind the end of the line that the offset is in; the text's end where the line has none. */
export function afterLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end === -1 ? text.length : end + 1
}

/** What stands before the offset in its line. */
export function lead(text: string, offset: number): string {
  return text.slice(lineStart(text, offset), offset)
}

/** The line of an offset, counted from 1. */
export function lineCounter(text: string): (offset: number) => number {
  const starts = Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)
  return (offset) => {
    let [low, high] = [0, starts.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (starts[middle]! <= offset) low = middle + 1
      else high = middle
    }
    return low + 1
  }
}

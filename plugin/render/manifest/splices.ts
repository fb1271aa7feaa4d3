// Edits of a text. Everything between them stays byte for byte.

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
    if (start < done) throw new Error('two edits overlap')
    parts.push(text.slice(done, start), inserted)
    done = end
  }
  return parts.join('') + text.slice(done)
}

/** The start of the line that the offset is in. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

/** The start of the next line; the text's end if there is none. */
export function afterLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end === -1 ? text.length : end + 1
}

/** The text of the line before the offset. */
export function lead(text: string, offset: number): string {
  return text.slice(lineStart(text, offset), offset)
}

/** Returns the line number of an offset, from 1. */
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

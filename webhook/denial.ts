// The message of a denial: every problem, as far as it fits. Knows nothing of what they say.

/** Bytes. kubectl prints it whole, and the API server keeps it in its log. */
const LONGEST = 4096
const SEPARATOR = '; '

export function denialOf(texts: readonly string[]): string {
  const whole: string[] = []
  let length = 0
  for (const text of texts) {
    length += Buffer.byteLength(text) + SEPARATOR.length
    if (length > LONGEST - MORE.length - DIGITS) break
    whole.push(text)
  }
  const left = texts.length - whole.length
  return (left === 0 ? whole : [...whole, `${left}${MORE}`]).join(SEPARATOR)
}

const MORE = ' more problems'
const DIGITS = 10

// The message of a denial: every problem on a line of its own, as far as it fits. Knows nothing of what they say.

/** Bytes. kubectl prints it whole, and the API server keeps it in its log. */
const LONGEST = 4096
const SEPARATOR = '\n'

export function denialOf(texts: readonly string[]): string {
  const whole: string[] = []
  let length = 0
  for (const text of texts) {
    length += Buffer.byteLength(text) + SEPARATOR.length
    if (length > LONGEST - MORE.length - DIGITS) break
    whole.push(text)
  }
  const left = texts.length - whole.length
  const lines = left === 0 ? whole : [...whole, `${left}${MORE}`]
  // The API server puts its own words before the first.
  return lines.length > 1 ? ['', ...lines].join(SEPARATOR) : lines.join('')
}

const MORE = ' more problems'
const DIGITS = 10

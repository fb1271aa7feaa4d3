// Regular expressions of somebody else's, compiled within bounds. Pure.
import { RE2JS } from 're2js'

/** RE2 matches in linear time, but a repetition is written out when it is compiled: `x{1000}` is a thousand `x`. */
const MOST_CHARACTERS = 1000
const MOST_REPETITIONS = 1000

/** Throws an error that says why, also where it would take more memory than anybody should be given. */
export function compileRegex(expression: string): RE2JS {
  const counts = Array.from(expression.matchAll(/\{(\d+)(?:,(\d*))?\}/g), ([, least, most]) => Number(most || least))
  // Of a group that is repeated all that is in it is written out as often.
  const isNested = /\)[*+?]*\{\d/.test(expression)
  const written = counts.reduce((sum, count) => (isNested ? sum * Math.max(1, count) : sum + count), isNested ? 1 : 0)
  if (expression.length > MOST_CHARACTERS) throw new Error(`it is longer than ${MOST_CHARACTERS} characters`)
  if (written > MOST_REPETITIONS) throw new Error(`its repetitions come to more than ${MOST_REPETITIONS}`)
  return RE2JS.compile(expression)
}

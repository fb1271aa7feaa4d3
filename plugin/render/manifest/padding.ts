// Parses YAML to events. Accepts flow values that are indented less than YAML 1.2 requires, or by tabs, as kubectl does.
import { parseEvents, YAMLException, type Event } from 'js-yaml'
import { ManifestError } from './stream.ts'
import { lineStart } from './splices.ts'

export interface Padded {
  readonly events: readonly Event[]
  /** The text that the events' offsets refer to. */
  readonly padded: string
  /** Where a PADDING was inserted before a line: offsets into the original text, ascending. */
  readonly paddings: readonly number[]
}

/** Indentation within brackets or quotes is part of no value. */
export const PADDING = ' '.repeat(200)

export function parsePadded(original: string): Padded {
  let text = original
  const paddings: number[] = []
  for (let work = 0; ; work += text.length) {
    const padded = paddings.toReversed().reduce((whole, at) => whole.slice(0, at) + PADDING + whole.slice(at), text)
    try {
      return { events: parseEvents(padded, { maxDepth: MOST_LEVELS }), padded, paddings }
    } catch (cause) {
      if (!(cause instanceof YAMLException)) throw cause
      const at = (cause.mark?.position ?? 0) - paddings.length * PADDING.length
      const line = lineStart(text, Math.max(at, 0))
      const isTab = text[at - 1] === '\t'
      const isOther = cause.reason !== 'deficient indentation' || (!isTab && paddings.at(-1) === line)
      if (isOther || work > MOST_WORK) throw new ManifestError(Math.max(at, 0), reasonOf(cause), { cause })
      if (isTab) text = text.slice(0, at).replace(/[ \t]+$/, ({ length }) => ' '.repeat(length)) + text.slice(at)
      else paddings.push(line)
    }
  }
}

const MOST_LEVELS = 100
/** Characters that are parsed again. */
const MOST_WORK = 4_000_000

function reasonOf({ reason }: YAMLException): string {
  if (reason.startsWith('nesting exceeded')) return `it is nested more than ${MOST_LEVELS} levels deep`
  if (reason === 'deficient indentation') return 'this line must be indented deeper than the name above it'
  return reason
}

// The log: one JSON object a line. Whatever a stranger can have written is cut here, wherever it is logged.
import { pino, type Logger } from 'pino'
import { shorten } from '../../mirror/problem.ts'

/** Characters. A uid, a name or a path has less. */
export const LONGEST_LOGGED = 256
const MOST_ITEMS = 32

export function createLog(level: string, destination?: { write(line: string): void }): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: object) => cut(fields) as Record<string, unknown>
    },
    serializers: { err: (error: unknown) => error } // cut() has made it plain
  }
  return destination ? pino(options, destination) : pino(options)
}

/** The stack without the message that V8 puts before it. */
function cut(value: unknown): unknown {
  if (typeof value === 'string') return shorten(value, LONGEST_LOGGED)
  if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).map(cut)
  if (value instanceof Error) {
    const stack = value.stack?.split('\n').filter((line) => line.startsWith('    at '))
    return {
      type: value.name,
      message: shorten(value.message, LONGEST_LOGGED),
      stack: stack?.slice(0, MOST_ITEMS).join('\n')
    }
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MOST_ITEMS)
      .map(([key, one]) => [shorten(key, LONGEST_LOGGED), cut(one)])
  )
}

// The log: one JSON object per line. Cuts long values, as strangers may have written them.
import { pino, type Logger } from 'pino'
import { shorten } from '../../mirror/problem.ts'

/** Characters; more than any uid, name or path has. */
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

/** An error's stack is without the message, which V8 puts before it. */
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

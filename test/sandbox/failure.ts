// An error that names its log and the way on; knows nothing of what failed.
import { readFileSync } from 'node:fs'

const TAIL = 20
/** Most failures here are a network's or a full machine's. */
const AGAIN = 'run it again, for what is done is kept; if it fails again, the whole log is'

export interface FailureDetails {
  /** The file whose last lines explain it. */
  log?: string
  /** What to do next, one sentence. */
  remedy?: string
  cause?: unknown
}

export class Failure extends Error {
  readonly log: string | undefined
  readonly remedy: string | undefined

  constructor(message: string, details: FailureDetails = {}) {
    super(message, { cause: details.cause })
    this.log = details.log
    this.remedy = details.remedy
  }
}

/** For the terminal: what failed, its log's tail, where the log is, what to do. */
export function explain(error: unknown): string {
  if (!(error instanceof Failure))
    return `error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  const { message, log, remedy } = error
  const tail = log === undefined ? [] : tailOf(log)
  const quoted = tail.length === 0 ? [] : [`last lines of ${log}:`, ...tail.map((line) => `  ${line}`)]
  const next = remedy ?? (log === undefined ? undefined : `${AGAIN} ${log}`)
  return [`error: ${message}`, ...quoted, ...(next === undefined ? [] : [`what to do: ${next}`])].join('\n')
}

function tailOf(log: string): string[] {
  try {
    return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-TAIL)
  } catch {
    return []
  }
}

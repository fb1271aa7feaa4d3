// An error that names its log and the way on; knows nothing of what failed.
import { readFileSync } from 'node:fs'

const TAIL = 20

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
  const lines = [`error: ${error.message}`]
  const tail = error.log === undefined ? [] : tailOf(error.log)
  if (tail.length > 0) lines.push(`last lines of ${error.log}:`, ...tail.map((line) => `  ${line}`))
  if (error.remedy !== undefined) lines.push(`what to do: ${error.remedy}`)
  return lines.join('\n')
}

function tailOf(log: string): string[] {
  try {
    return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-TAIL)
  } catch {
    return []
  }
}

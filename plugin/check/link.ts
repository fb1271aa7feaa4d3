// One link of the chain from an annotation to the copy's arrival: whether it holds, and what to do if not. Knows no cluster.
import { makePaint } from '../io/colour.ts'
import { ApiError, MissingRight } from '../io/errors.ts'
import type { Io } from '../io/io.ts'
import { stripControlsByLine } from '../io/sanitize.ts'
import type { StateCode } from '../status/state.ts'

/** `unknown`: it cannot be read, or the user may not read it. */
export type Outcome = 'ok' | 'warning' | 'failed' | 'unknown'

export interface Link {
  readonly outcome: Outcome
  readonly name: string
  readonly detail: string
  /** A command, or what else to do. */
  readonly remedy?: string
  /** Of the link `annotation`: the state that `status` prints. */
  readonly code?: StateCode
}

export function link(outcome: Outcome, name: string, detail: string, remedy?: string): Link {
  return { outcome, name, detail, ...(remedy !== undefined && { remedy }) }
}

export const ASK_FOR_ROLE = 'ask for a Role that allows it'

/** A missing right is not a failure of the mirror. */
export async function tryLink(name: string, look: () => Promise<Link | Link[]>): Promise<Link[]> {
  try {
    return [await look()].flat()
  } catch (error) {
    if (error instanceof MissingRight) return [link('unknown', name, error.message, ASK_FOR_ROLE)]
    if (error instanceof ApiError) return [link('unknown', name, error.message)]
    throw error
  }
}

export function printLinks(links: readonly Link[], io: Io): void {
  const paint = makePaint(io)
  const width = Math.max(...links.map(({ name }) => name.length)) + 2
  for (const { outcome, name, detail, remedy } of links) {
    io.stdout.write(`${paint(STYLES[outcome], outcome.padEnd(9))}${name.padEnd(width)}${stripControlsByLine(detail)}\n`)
    if (remedy !== undefined) io.stdout.write(`${' '.repeat(9 + width)}-> ${remedy}\n`)
  }
}

const STYLES = { ok: 'good', warning: 'warning', failed: 'bad', unknown: 'faint' } as const

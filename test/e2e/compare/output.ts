// What `compare -o json` printed, and how its pairs fit the ids that the client chose.
import type { Ended } from '../command.ts'

export interface PairLine {
  readonly kind: 'pair' | 'missing' | 'orphan'
  readonly compared?: boolean
  readonly attempts?: number
  readonly live?: SideLine
  readonly copy?: SideLine
}

interface SideLine {
  readonly pod: string
  readonly status: number
  readonly line: string
}

export interface SummaryLine {
  readonly requests: number
  /** Without their other halves, from when connections of before carried some unseen. */
  readonly unsettled: number
  readonly endpoints: readonly {
    readonly endpoint: string
    readonly findings: readonly { readonly metric: string }[]
  }[]
}

export function read({ stdout, stderr }: Ended): { pairs: PairLine[]; summary: SummaryLine } {
  const lines = stdout.trim().split('\n')
  try {
    return {
      pairs: lines.slice(0, -1).map((line) => JSON.parse(line) as PairLine),
      summary: JSON.parse(lines.at(-1)!) as SummaryLine
    }
  } catch (cause) {
    throw new Error(`compare printed no JSON; on stderr: ${stderr}`, { cause })
  }
}

/** The client gives each request its id as the user agent too, which both sidecars log. */
export function client(side: SideLine | undefined, mark: string): string | undefined {
  return new RegExp(`"(${mark}-\\d+)"`).exec(side?.line ?? '')?.[1]
}

export function ofMark(pairs: readonly PairLine[], mark: string): PairLine[] {
  return pairs.filter(({ live, copy }) => client(live, mark) !== undefined || client(copy, mark) !== undefined)
}

export function score(pairs: readonly PairLine[], mark: string) {
  const found = pairs.filter(({ kind }) => kind === 'pair')
  const right = found.filter(
    ({ live, copy }) => client(live, mark) !== undefined && client(live, mark) === client(copy, mark)
  )
  return { right: new Set(right.map(({ live }) => client(live, mark)!)), wrong: found.length - right.length }
}

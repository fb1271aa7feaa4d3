// The query of the first log request, and of later ones if no line has come yet. Pure.

export interface LogQuery {
  readonly follow: boolean
  readonly previous?: boolean
  /** RFC 3339, whole seconds. */
  readonly sinceTime?: string
  readonly sinceSeconds?: number
  readonly tailLines?: number
}

/** Which lines of an existing log the user wants; at most one of the two sinces. */
export interface FirstLines {
  readonly sinceTime?: string
  /** Counted back from `startedAt`. */
  readonly sinceSeconds?: number
  readonly tailLines?: number
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

/** Whether not all lines are wanted. */
export function isPartial({ sinceTime, sinceSeconds, tailLines }: FirstLines): boolean {
  return sinceTime !== undefined || sinceSeconds !== undefined || tailLines !== undefined
}

/** The server counts seconds back from its own clock, so ours need not be right. */
export function firstQuery(first: FirstLines, now: number, connectedAt: number | undefined): Partial<LogQuery> {
  const { sinceTime, sinceSeconds, tailLines, startedAt } = first
  // The log was empty when its last lines were requested: every line since then is wanted.
  if (connectedAt !== undefined && tailLines !== undefined) return { sinceSeconds: secondsSince(connectedAt, now) + 1 }
  return {
    ...(sinceTime !== undefined && { sinceTime }),
    ...(sinceSeconds !== undefined && { sinceSeconds: Math.ceil(sinceSeconds) + secondsSince(startedAt, now) }),
    ...(tailLines !== undefined && { tailLines })
  }
}

function secondsSince(then: number, now: number): number {
  return Math.max(0, Math.floor((now - then) / 1000))
}

// The query of a log request: what the first one asks for, and what a later one asks for if no line came. Pure.

export interface LogQuery {
  readonly follow: boolean
  readonly previous?: boolean
  /** RFC 3339, whole seconds. */
  readonly sinceTime?: string
  readonly sinceSeconds?: number
  readonly tailLines?: number
}

/** What the user wants of a log that exists already; at most one of the two sinces. */
export interface FirstLines {
  readonly sinceTime?: string
  /** Before `startedAt`. */
  readonly sinceSeconds?: number
  readonly tailLines?: number
  /** Milliseconds since 1970, as are the others. */
  readonly startedAt: number
}

/** Not all lines are wanted. */
export function isPartial({ sinceTime, sinceSeconds, tailLines }: FirstLines): boolean {
  return sinceTime !== undefined || sinceSeconds !== undefined || tailLines !== undefined
}

/** Seconds are counted back from the server's clock, so ours need not be right. */
export function firstQuery(first: FirstLines, now: number, answeredAt: number | undefined): Partial<LogQuery> {
  const { sinceTime, sinceSeconds, tailLines, startedAt } = first
  // The log was empty when it was asked for its last lines: now every line since then is wanted.
  if (answeredAt !== undefined && tailLines !== undefined) return { sinceSeconds: secondsSince(answeredAt, now) + 1 }
  return {
    ...(sinceTime !== undefined && { sinceTime }),
    ...(sinceSeconds !== undefined && { sinceSeconds: Math.ceil(sinceSeconds) + secondsSince(startedAt, now) }),
    ...(tailLines !== undefined && { tailLines })
  }
}

function secondsSince(then: number, now: number): number {
  return Math.max(0, Math.floor((now - then) / 1000))
}

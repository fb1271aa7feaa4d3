// Times as they are written for us: RFC 3339, with their zone. Knows no clock.

const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/

/** Undefined for what is no time. */
export function parseTime(text: string): Date | undefined {
  const time = RFC3339.test(text) ? new Date(text) : undefined
  return time === undefined || Number.isNaN(time.getTime()) ? undefined : time
}

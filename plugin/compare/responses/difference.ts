// What can differ between two responses, and the words for it. Knows neither how it was found nor how often.

export interface Difference {
  /** `status`, `header etag`, `trailer grpc-status`, `$.items[*].price`, `body`. */
  readonly field: string
  readonly kind: Kind
  /** Each side's value, or its length for kinds about lengths. Absent: there is none. */
  readonly live?: unknown
  readonly copy?: unknown
}

export type Kind = keyof typeof KINDS

/** Caused by neither version. */
export function isExplained(kind: Kind): boolean {
  return kind === 'clock' || kind === 'echo'
}

/** Kind -> the words for the copy, in the order of display. */
export const KINDS = {
  status: 'other status',
  missing: 'missing',
  added: 'added',
  type: 'other type',
  length: 'other length',
  order: 'other order',
  value: 'other value',
  /** Each version read the clock: no difference between them. */
  clock: 'other time of day',
  /** An echo of x-forwarded-for, which is longer in a copy: no difference either. */
  echo: 'other x-forwarded-for',
  bytes: 'other bytes'
} as const

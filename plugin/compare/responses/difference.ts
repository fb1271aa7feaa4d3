// What can differ between two answers to one request, and in which words. Knows neither how it was found nor how often.

export interface Difference {
  /** `status`, `header etag`, `trailer grpc-status`, `$.items[*].price`, `body`. */
  readonly field: string
  readonly kind: Kind
  /** What either side has there; of a kind that speaks of lengths or sizes, these. Absent: nothing is there. */
  readonly live?: unknown
  readonly copy?: unknown
}

export type Kind = keyof typeof KINDS

/** Of a kind that is neither version's doing. */
export function isExplained(kind: Kind): boolean {
  return kind === 'clock' || kind === 'echo'
}

/** Kind -> how it is said of the copy. In the order in which they are shown. */
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
  /** An echo of x-forwarded-for, of which a copy has more: no difference either. */
  echo: 'other x-forwarded-for',
  bytes: 'other bytes'
} as const

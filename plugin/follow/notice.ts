// What a follower has to tell beside the lines. Knows no words for it.
import type { Origin } from './origin.ts'
import type { Source } from './sources.ts'
import type { TailEvent } from './tail.ts'

export type Notice =
  | { readonly type: 'opened' | 'closed'; readonly origin: Origin }
  | { readonly type: 'tail'; readonly origin: Origin; readonly event: TailEvent }
  | { readonly type: 'watch'; readonly source: Source; readonly error: Error }
  | { readonly type: 'watched'; readonly source: Source }
  /** There is nothing to read of this version. */
  | { readonly type: 'empty'; readonly source: Source }
  /** Some logs have to wait for their turn from now on, or none has any more. */
  | { readonly type: 'queue'; readonly active: number; readonly all: number }

export type Notify = (notice: Notice) => void

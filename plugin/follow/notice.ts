// What a follower has to tell beside the lines. Knows no words for it.
import type { Origin } from './origin.ts'
import type { Selection } from './selections.ts'
import type { TailEvent } from './tail.ts'

export type Notice =
  | { readonly type: 'opened' | 'closed'; readonly origin: Origin }
  | { readonly type: 'tail'; readonly origin: Origin; readonly event: TailEvent }
  /** Of a version's pods, or without a source of the versions themselves. */
  | { readonly type: 'watch'; readonly source?: Selection; readonly error: Error }
  | { readonly type: 'watched'; readonly source?: Selection }
  /** Its pods could not be listed, and will not be tried again. */
  | { readonly type: 'unlisted'; readonly source: Selection; readonly error: Error }
  /** There is nothing to read of this version. `others`: containers that its pods have and that are not chosen. */
  | { readonly type: 'empty'; readonly source: Selection; readonly others: readonly string[] }
  /** So many logs are read of all; the others have to wait. When no log has to any more, `active` is `all`. */
  | { readonly type: 'queue'; readonly active: number; readonly all: number }

export type Notify = (notice: Notice) => void

// Reads requests' bodies, each up to a limit, and all that are under way up to another. Knows nothing of what is in them.
import type { IncomingMessage } from 'node:http'
import { LARGEST_STORED } from './storage.ts'

const MIB = 1024 * 1024
/** What etcd stores at most, for the object and for the one before; and the envelope around them: user, groups, options. */
const LARGEST = 2 * LARGEST_STORED + MIB / 2
/** Whoever can reach the port could otherwise fill the memory with bodies that never end. */
const ALL = 3 * LARGEST
/** Nearly every review is smaller. Those have room while large ones wait: they are as many as `concurrency` allows. */
const SMALL = 128 * 1024

/** The API server sends a whole review at once. Whoever begins one and does not go on would keep its place from others. */
const WITHIN_MS = 10_000

/** `large`: more than we take; `crowded`: more than we hold at once, of all large bodies together; `slow`: not within 10 s. */
export type Body = Buffer | 'large' | 'crowded' | 'slow'

/** An API server's body is whole long before. */
const SOON_MS = 500

export interface BodyReader {
  /** Throws when the client goes away before the end. */
  read(request: IncomingMessage): Promise<Body>
  /** Gives up the oldest that should have come long ago; false where there is none. */
  makeRoom(): boolean
}

export function createBodyReader(largest = LARGEST, all = ALL, small = SMALL): BodyReader {
  let held = 0
  /** The oldest first: when each began, and what ends it. */
  const reading = new Map<() => void, number>()
  const read = (request: IncomingMessage): Promise<Body> =>
    new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let size = 0
      let counted = 0
      let ended = false
      const end = (): boolean => {
        if (ended) return false
        ended = true
        clearTimeout(timer)
        reading.delete(beSlow)
        held -= counted
        return true
      }
      const giveUp = (why: Exclude<Body, Buffer>): void => {
        chunks.length = 0
        if (end()) resolve(why)
      }
      const beSlow = (): void => giveUp('slow')
      const timer = setTimeout(beSlow, WITHIN_MS)
      reading.set(beSlow, performance.now())
      request.on('data', (chunk: Buffer) => {
        if (ended) return
        size += chunk.length
        if (size > small) {
          held += size - counted
          counted = size
        }
        if (held > all) makeRoom()
        if (ended) return
        if (size <= largest && held <= all) chunks.push(chunk)
        else giveUp(size > largest ? 'large' : 'crowded')
      })
      request.on('end', () => {
        if (end()) resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
      })
      const gone = (error: Error): void => {
        chunks.length = 0
        if (end()) reject(error)
      }
      request.on('error', gone)
      request.on('aborted', () => gone(new Error('the client went away before the end of its request')))
    })
  const makeRoom = (): boolean => {
    for (const [beSlow, since] of reading) {
      if (performance.now() - since < SOON_MS) return false
      beSlow()
      return true
    }
    return false
  }
  return { read, makeRoom }
}

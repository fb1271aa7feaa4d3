// Reads the bodies of requests: each up to a limit, and all large ones together up to another. Knows nothing of their content.
import type { IncomingMessage } from 'node:http'
import { LARGEST_STORED } from './storage.ts'

const MIB = 1024 * 1024
/** etcd's limit for the object and for the old one, and the envelope around them: user, groups, options. */
const LARGEST = 2 * LARGEST_STORED + MIB / 2
/** Anyone who reaches the port could otherwise fill the memory with bodies that never end. */
const ALL = 3 * LARGEST
/** Nearly every review is smaller. Small ones don't count towards `ALL`: `concurrency` bounds them. */
const SMALL = 128 * 1024

/** The API server sends a review at once. One that stops halfway would keep its place from others. */
const WITHIN_MS = 10_000

/** `large`: over the limit of one body; `crowded`: over the limit of all large ones; `slow`: not complete in time. */
export type Body = Buffer | 'large' | 'crowded' | 'slow'

/** A body that takes longer gives its place to a new one. The API server's takes a fraction of it. */
const SOON_MS = 500

export interface BodyReader {
  /** Throws when the client disconnects before the end. */
  read(request: IncomingMessage): Promise<Body>
  /** Drops the oldest body that is overdue; false if there is none. */
  makeRoom(): boolean
}

export function createBodyReader(largest = LARGEST, all = ALL, small = SMALL): BodyReader {
  let held = 0
  /** Oldest first: how to drop each, and when it began. */
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
      request.on('aborted', () => gone(new Error('the client disconnected before the end of its request')))
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

// Reads requests' bodies, each up to a limit, and all that are under way up to another. Knows nothing of what is in them.
import type { IncomingMessage } from 'node:http'

const MIB = 1024 * 1024
/** Two objects of 3 MB, the API server's own limit, and the envelope around them. */
const LARGEST = 7 * MIB
/** Whoever can reach the port could otherwise fill the memory with bodies that never end. */
const ALL = 64 * MIB

/** The API server sends a whole review at once. Whoever begins one and does not go on would keep its place from others. */
const WITHIN_MS = 10_000

/** `large`: more than we take; `crowded`: more than we hold at once, of all bodies together; `slow`: not within 10 s. */
export type Body = Buffer | 'large' | 'crowded' | 'slow'

/** The answer throws when the client goes away before the end. */
export function createBodyReader(largest = LARGEST, all = ALL): (request: IncomingMessage) => Promise<Body> {
  let held = 0
  return (request) =>
    new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let size = 0
      let ended = false
      const end = (): boolean => {
        if (ended) return false
        ended = true
        clearTimeout(timer)
        held -= size
        return true
      }
      const giveUp = (why: Exclude<Body, Buffer>): void => {
        chunks.length = 0
        if (end()) resolve(why)
      }
      const timer = setTimeout(giveUp, WITHIN_MS, 'slow')
      request.on('data', (chunk: Buffer) => {
        if (ended) return
        size += chunk.length
        held += chunk.length
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
}

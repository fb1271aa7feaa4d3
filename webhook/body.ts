// Reads requests' bodies, each up to a limit, and all that are under way up to another. Knows nothing of what is in them.
import type { IncomingMessage } from 'node:http'

const MIB = 1024 * 1024
/** Two objects of 3 MB, the API server's own limit, and the envelope around them. */
const LARGEST = 7 * MIB
/** Whoever can reach the port could otherwise fill the memory with bodies that never end. */
const ALL = 64 * MIB

/** `large`: more than we take; `crowded`: more than we hold at once, of all bodies together. */
export type Body = Buffer | 'large' | 'crowded'

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
        held -= size
        return true
      }
      request.on('data', (chunk: Buffer) => {
        if (ended) return
        size += chunk.length
        held += chunk.length
        if (size <= largest && held <= all) {
          chunks.push(chunk)
          return
        }
        const why = size > largest ? 'large' : 'crowded'
        chunks.length = 0
        if (end()) resolve(why)
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

// Reads a request's body up to a limit. Knows nothing of what is in it.
import type { IncomingMessage } from 'node:http'

/** Two objects of 3 MB, the API server's own limit, and the envelope around them. */
const LARGEST = 7 * 1024 * 1024

/** Undefined when there is more than we take. An error when the client goes away before the end. */
export function readBody(request: IncomingMessage, largest = LARGEST): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > largest) {
        chunks.length = 0
        resolve(undefined)
      } else chunks.push(chunk)
    })
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    request.on('error', reject)
    request.on('aborted', () => reject(new Error('the client went away before the end of its request')))
  })
}

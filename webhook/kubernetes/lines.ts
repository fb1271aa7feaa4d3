// Splits a stream of bytes into lines. Knows nothing of what is in them.
import type { Readable } from 'node:stream'

/** Unlike readline, a broken stream is an error, not an end. A last line without its line feed is no line. */
export async function* readLines(stream: Readable): AsyncGenerator<string> {
  let parts: Buffer[] = []
  for await (const chunk of stream) {
    let rest = chunk as Buffer // no encoding is set, so they are buffers
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      parts.push(rest.subarray(0, end))
      yield Buffer.concat(parts).toString('utf8')
      parts = []
      rest = rest.subarray(end + 1)
    }
    if (rest.length > 0) parts.push(rest)
  }
}

// Reads the body of a response, compressed or not. A connection that breaks on the way is a BrokenAnswerError.
import type { IncomingMessage } from 'node:http'
import { pipeline, type Readable } from 'node:stream'
import { BrokenAnswerError, type StatusBody } from '../io/errors.ts'

export async function readJson(response: IncomingMessage): Promise<unknown> {
  return JSON.parse(await readText(response))
}

/** A proxy on the way may respond in HTML or with nothing: then the text is the message. */
export async function readStatus(response: IncomingMessage): Promise<StatusBody> {
  const text = await readText(response)
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? body : { message: text.trim() }
  } catch {
    return { message: text.trim() }
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of readChunks(response)) text += chunk
  return text
}

export async function* readChunks(response: IncomingMessage): AsyncGenerator<string> {
  const compressed = response.headers['content-encoding'] === 'gzip'
  const body = compressed ? decompress(response) : response
  body.setEncoding('utf8')
  try {
    yield* body as AsyncIterable<string>
  } catch (cause) {
    throw new BrokenAnswerError(cause as Error)
  }
}

/** Loads what it needs late: only large answers are compressed. */
function decompress(response: IncomingMessage): Readable {
  const { createGunzip } = process.getBuiltinModule('node:zlib')
  // Not pipe: a connection that breaks must end the reading, too.
  return pipeline(response, createGunzip(), () => undefined)
}

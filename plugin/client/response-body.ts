// Reads the body of a response, compressed or not. A connection that breaks on the way is a BrokenAnswerError.
import type { IncomingMessage } from 'node:http'
import { pipeline, type Readable } from 'node:stream'
import { quote } from '../../mirror/problem.ts'
import { BrokenAnswerError, UserError, type StatusBody } from '../io/errors.ts'

/** Throws a UserError where the response is no object of JSON: then it is not the API server's. */
export async function readJson(response: IncomingMessage): Promise<object> {
  const text = await readText(response)
  const body = parse(text)
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body
  throw new UserError(
    `the response is not a Kubernetes object but ${text === '' ? 'empty' : quote(text.slice(0, LONGEST))}; ` +
      "check the server's address in the kubeconfig, and proxies on the way"
  )
}

/** Characters of a response that is quoted. */
const LONGEST = 60

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A proxy on the way may respond in HTML or with nothing: then the text is the message. */
export async function readStatus(response: IncomingMessage): Promise<StatusBody> {
  const text = await readText(response)
  const body = parse(text)
  return typeof body === 'object' && body !== null ? body : { message: text.trim() }
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

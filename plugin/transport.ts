// Sends one HTTP request to the API server, tells of it as kubectl's -v does, and turns refusals into ApiError.
import * as http from 'node:http'
import * as https from 'node:https'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Method, Query, RequestOptions } from './cluster.ts'
import { ApiError, ConnectionError, UserError, type StatusBody } from './errors.ts'
import type { GlobalFlags } from './global-flags.ts'
import type { Io } from './io.ts'
import type { OpenAccess } from './access.ts'
import { parseDuration } from './duration.ts'
import { VERSION } from './version.ts'

export interface SendOptions extends RequestOptions {
  /** Exempt from --request-timeout. */
  readonly longLived?: boolean
}

export class Transport {
  readonly #access: OpenAccess
  readonly #timeout: number
  readonly #verbosity: number
  readonly #io: Pick<Io, 'stderr' | 'signal' | 'now'>
  readonly #warned = new Set<string>()

  constructor(access: OpenAccess, flags: GlobalFlags, io: Pick<Io, 'stderr' | 'signal' | 'now'>) {
    this.#access = access
    this.#timeout = parseTimeout(flags.requestTimeout)
    this.#verbosity = parseVerbosity(flags.v)
    this.#io = io
  }

  /** Resolves with the head of a 2xx answer; its body is still to be read. */
  async send(method: Method, path: string, options: SendOptions): Promise<http.IncomingMessage> {
    const url = new URL(`${this.#access.server.href.replace(/\/$/, '')}${path}`)
    for (const [name, value] of Object.entries(options.query ?? {})) append(url.searchParams, name, value)
    const started = performance.now()
    this.#log(
      8,
      `"Request Body" body=${JSON.stringify(options.body === undefined ? '' : JSON.stringify(options.body))}`
    )
    const response = await this.#exchange(url, method, options)
    const status = `${response.statusCode} ${response.statusMessage}`
    const took = Math.round(performance.now() - started)
    this.#log(6, `"Response" verb="${method}" url="${url.href}" status="${status}" milliseconds=${took}`)
    if (!options.quiet) this.#warn(response.headers.warning)
    if ((response.statusCode ?? 500) < 300) return response
    throw new ApiError(response.statusCode ?? 500, await readStatus(response))
  }

  async options(): Promise<https.RequestOptions> {
    const { server } = this.#access
    const secure = await this.#access.secure()
    const host = server.hostname.replace(/^\[|\]$/g, '')
    // A path, where many clusters are reached through one server.
    const path = server.pathname.replace(/\/$/, '')
    return { protocol: server.protocol, host, port: server.port || defaultPort(server), path, ...secure }
  }

  close(): void {
    this.#access.close()
  }

  async #exchange(url: URL, method: Method, options: SendOptions): Promise<http.IncomingMessage> {
    const { headers, ...secure } = await this.#access.secure()
    const body = options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body))
    const deadline = this.#timeout > 0 && !options.longLived ? AbortSignal.timeout(this.#timeout) : undefined
    const signals = [options.signal ?? this.#io.signal, ...(deadline ? [deadline] : [])]
    return new Promise((resolve, reject) => {
      const request = (url.protocol === 'http:' ? http : https).request(
        url,
        {
          ...secure,
          method,
          signal: AbortSignal.any(signals),
          headers: {
            accept: 'application/json',
            // The server compresses what is larger than 128 KiB. A log must not wait for a block to fill.
            ...(!options.longLived && { 'accept-encoding': 'gzip' }),
            'user-agent': `kubectl-mirror/${VERSION} (${process.platform}/${process.arch})`,
            ...headers,
            ...(body && { 'content-type': options.contentType ?? 'application/json', 'content-length': body.length }),
            ...options.headers
          }
        },
        resolve
      )
      request.on('error', (cause) => reject(new ConnectionError(url.host, deadline?.aborted ? timeOut() : cause)))
      request.end(body)
    })
  }

  /** `Warning: 299 - "text"`: each text once, as kubectl does. */
  #warn(header: string | undefined): void {
    for (const [, text = ''] of header?.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g) ?? []) {
      if (this.#warned.has(text)) continue
      this.#warned.add(text)
      this.#io.stderr.write(`Warning: ${text.replace(/\\(.)/g, '$1')}\n`)
    }
  }

  /** In klog's format, as kubectl's own lines are. */
  #log(level: number, text: string): void {
    if (this.#verbosity < level) return
    const [date = '', time = ''] = this.#io.now().toISOString().split('T')
    const stamp = `I${date.slice(5).replace('-', '')} ${time.replace('Z', '000')} ${String(process.pid).padStart(7)}`
    this.#io.stderr.write(`${stamp} transport.ts] ${text}\n`)
  }
}

export async function readJson(response: http.IncomingMessage): Promise<unknown> {
  return JSON.parse(await readText(response))
}

async function readText(response: http.IncomingMessage): Promise<string> {
  const compressed = response.headers['content-encoding'] === 'gzip'
  // Not pipe: a connection that breaks must end the reading, too.
  const body = compressed ? pipeline(response, createGunzip(), () => undefined) : response
  body.setEncoding('utf8')
  let text = ''
  for await (const chunk of body as AsyncIterable<string>) text += chunk
  return text
}

/** Proxies on the way answer in HTML or not at all: then the text is all there is to say. */
export async function readStatus(response: http.IncomingMessage): Promise<StatusBody> {
  const text = await readText(response)
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? body : { message: text.trim() }
  } catch {
    return { message: text.trim() }
  }
}

function append(params: URLSearchParams, name: string, value: Query[string]): void {
  for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) params.append(name, String(one))
}

function timeOut(): Error {
  return new Error('net/http: request canceled (Client.Timeout exceeded while awaiting headers)')
}

/** Milliseconds; 0 for none. */
function parseTimeout(text = '0'): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const milliseconds = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)
    ? parseDuration(text, '--request-timeout')
    : undefined
  if (milliseconds !== undefined) return milliseconds
  throw new UserError(
    'Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding ' +
      'time unit (e.g. 1s | 2m | 3h)'
  )
}

function parseVerbosity(text = '0'): number {
  if (/^-?\d+$/.test(text)) return Number(text)
  const why = `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`
  throw new UserError(`invalid argument ${JSON.stringify(text)} for "-v, --v" flag: ${why}`)
}

function defaultPort({ protocol }: URL): string {
  return protocol === 'http:' ? '80' : '443'
}

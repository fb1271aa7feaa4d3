// Sends one HTTP request to the API server, logs it as kubectl's -v does, and turns refusals into ApiError.
import http from 'node:http'
import https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseDuration } from '../../mirror/time.ts'
import { readStatus } from './response-body.ts'
import { ApiError, ConnectionError, DeadConnection, UserError } from '../io/errors.ts'
import type { GlobalFlags } from '../kubeconfig/global-flags.ts'
import { warningTexts } from './header-text.ts'
import type { Io } from '../io/io.ts'
import { makeKlog, type Klog } from './klog.ts'
import type { OpenAccess, Secured } from './access.ts'
import { VERSION } from '../io/version.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

export interface RequestOptions {
  readonly query?: Query
  readonly body?: unknown
  /** `application/json`, or a patch's type. */
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** Warnings of the server, all or such, are not for the user's eyes. */
  readonly quiet?: boolean | ((warning: string) => boolean)
  /** Milliseconds without a byte after which the connection is dead; absent: as long as such a request may take. */
  readonly patience?: number
}

export interface SendOptions extends RequestOptions {
  /** Exempt from --request-timeout. */
  readonly longLived?: boolean
}

export class Transport {
  readonly #access: OpenAccess
  /** Undefined: what a silence is depends on the request. */
  readonly #timeout: number | undefined
  readonly #klog: Klog
  readonly #io: Pick<Io, 'stderr' | 'signal' | 'now'>
  readonly #warned = new Set<string>()
  readonly #followed = new Set<Followed>()

  constructor(access: OpenAccess, flags: GlobalFlags, io: Pick<Io, 'stderr' | 'signal' | 'now'>) {
    this.#access = access
    this.#timeout = flags.requestTimeout === undefined ? undefined : parseTimeout(flags.requestTimeout)
    this.#klog = makeKlog(flags.v, io)
    this.#io = io
  }

  /** Resolves with the head of a 2xx response; its body is still to be read. */
  async send(method: Method, path: string, options: SendOptions): Promise<http.IncomingMessage> {
    const url = new URL(`${this.#access.server.href.replace(/\/+$/, '')}${path}`)
    for (const [name, value] of Object.entries(options.query ?? {})) append(url.searchParams, name, value)
    const body = options.body === undefined ? '' : JSON.stringify(options.body)
    this.#klog(8, `"Request Body" body=${JSON.stringify(body)}`)
    for (let attempt = 1; ; attempt++) {
      const response = await this.#tell(method, url, () => this.#exchange(url, method, options))
      this.#warnOf(response.headersDistinct.warning, options.quiet)
      const { statusCode = 500 } = response
      if (statusCode < 300) return response
      const status = await readStatus(response)
      const delay = retryAfter(response)
      if (delay === undefined || attempt > MOST_RETRIES) throw new ApiError(statusCode, status)
      this.#klog(4, `"Got a Retry-After response" delay="${delay}s" attempt=${attempt} url="${url.href}"`)
      await sleep(delay * 1000, undefined, { signal: options.signal ?? this.#io.signal })
    }
  }

  /** Each text once, as kubectl does. */
  warn(text: string): void {
    if (this.#warned.has(text)) return
    this.#warned.add(text)
    this.#io.stderr.write(`Warning: ${text}\n`)
  }

  async #tell(method: Method, url: URL, exchange: () => Promise<http.IncomingMessage>): Promise<http.IncomingMessage> {
    const started = this.#io.now()
    let status = ''
    try {
      const response = await exchange()
      status = `${response.statusCode} ${response.statusMessage}`
      return response
    } finally {
      const took = this.#io.now().getTime() - started.getTime()
      this.#klog(6, `"Response" verb="${method}" url="${url.href}" status="${status}" milliseconds=${took}`)
    }
  }

  /** `signal` ends the wait for credentials. */
  async options(signal = this.#io.signal): Promise<https.RequestOptions> {
    const { server } = this.#access
    const { options: secure } = await this.#secure(server, signal, undefined)
    const host = server.hostname.replace(/^\[|\]$/g, '')
    // A path, where many clusters are reached through one server.
    const path = server.pathname.replace(/\/+$/, '')
    return { protocol: server.protocol, host, port: server.port || defaultPort(server), path, ...secure }
  }

  close(): void {
    this.#access.close()
  }

  async #exchange(url: URL, method: Method, options: SendOptions): Promise<http.IncomingMessage> {
    const { signal = this.#io.signal, query, longLived = false, patience = longestSilence(query) } = options
    const timeout = this.#timeout ? AbortSignal.timeout(this.#timeout) : undefined
    const { options: access, reject: rejectCredentials } = await this.#secure(url, signal, timeout)
    const { headers, ...secure } = access
    const body = options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body))
    const deadline = longLived ? undefined : timeout
    const silence = deadline ? 0 : patience
    const settings = {
      ...secure,
      method,
      timeout: silence,
      signal: deadline ? AbortSignal.any([signal, deadline]) : signal,
      headers: {
        accept: 'application/json',
        // The server compresses what is larger than 128 KiB. A log must not wait for a block to fill.
        ...(!longLived && { 'accept-encoding': 'gzip' }),
        'user-agent': `kubectl-mirror/${VERSION} (${process.platform}/${process.arch})`,
        ...headers,
        ...(body && { 'content-type': options.contentType ?? 'application/json', 'content-length': body.length }),
        ...options.headers
      }
    }
    const silent = (): Error => {
      const dead = new DeadConnection(silence)
      if (secure.agent instanceof http.Agent) closeIdle(secure.agent)
      for (const log of this.#followed) log.destroy(dead)
      return dead
    }
    return new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = (url.protocol === 'http:' ? http : https).request(url, settings, (response) => {
        request.on('timeout', () => response.destroy(silent()))
        if (response.statusCode === 401) rejectCredentials()
        if (this.#followed.delete(request)) this.#breakWithOthers(response)
        deadline?.addEventListener('abort', () => response.destroy(timeOut(READING)), { once: true })
        resolve(response)
      })
      // The socket's own time-out starts anew while a write is pending.
      const late = silence > 0 ? setTimeout(() => request.destroy(silent()), silence) : undefined
      if (query?.follow === true) this.#breakWithOthers(request)
      request.on('error', reject)
      request.once('response', () => clearTimeout(late))
      request.once('close', () => clearTimeout(late))
      request.end(body)
    }).catch((cause: Error) => {
      throw new ConnectionError(url.host, deadline?.aborted ? timeOut(WAITING) : cause)
    })
  }

  /** What gets credentials may hang. */
  #secure(url: URL, signal: AbortSignal, timeout: AbortSignal | undefined): Promise<Secured> {
    const either = timeout ? AbortSignal.any([signal, timeout]) : signal
    const why = (): Error => (timeout?.aborted ? timeOut(WAITING) : (signal.reason as Error)) // an AbortError
    return unlessAborted(this.#access.secure(), either, () => new ConnectionError(url.host, why()))
  }

  #breakWithOthers(log: Followed): void {
    this.#followed.add(log)
    log.once('close', () => this.#followed.delete(log))
  }

  #warnOf(headers: readonly string[] = [], quiet: RequestOptions['quiet'] = false): void {
    const isQuiet = typeof quiet === 'function' ? quiet : () => quiet
    for (const text of warningTexts(headers)) if (!isQuiet(text)) this.warn(text)
  }
}

/**
 * The request or the response of a log, which may be silent for days: nothing tells it that its connection is dead. So one that is found
 * dead beside it ends it, and it is asked for again.
 */
type Followed = http.ClientRequest | http.IncomingMessage

function append(params: URLSearchParams, name: string, value: Query[string]): void {
  for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) params.append(name, String(one))
}

/** Seconds; undefined where the server does not say that to ask again later may help. As client-go has it. */
function retryAfter({ statusCode = 0, headers }: http.IncomingMessage): number | undefined {
  const seconds = headers['retry-after'] ?? ''
  return (statusCode === 429 || statusCode >= 500) && /^\d+$/.test(seconds) ? Number(seconds) : undefined
}

const MOST_RETRIES = 10

const WAITING = 'Client.Timeout exceeded while awaiting headers'
const READING = 'Client.Timeout or context cancellation while reading body'

function timeOut(when: typeof WAITING | typeof READING): Error {
  return new Error(`net/http: request canceled (${when})`)
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, why: () => Error): Promise<T> {
  const over = Promise.withResolvers<never>()
  const abort = (): void => over.reject(why())
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([over.promise, work])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/**
 * Milliseconds, 0 for any: a connection can be dead without an end, as after a suspended laptop or behind a proxy that forgot it. The
 * API server gives up a request after 60 s, and writes to a watch at least every 75 s. A followed log may be silent for days.
 */
function longestSilence({ watch, follow }: Query = {}): number {
  if (follow === true) return 0
  return watch === true ? 90_000 : 75_000
}

/** What broke one connection broke these, too, and each would take as long to tell. */
function closeIdle({ freeSockets }: http.Agent): void {
  for (const sockets of Object.values(freeSockets)) for (const socket of sockets ?? []) socket.destroy()
}

/** Milliseconds; 0 for none. */
function parseTimeout(text: string): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000
  // Go has no unit for days.
  const milliseconds = text.includes('d') ? undefined : parseDuration(text)
  if (milliseconds !== undefined) return milliseconds
  throw new UserError(
    'Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding ' +
      'time unit (e.g. 1s | 2m | 3h)'
  )
}

function defaultPort({ protocol }: URL): string {
  return protocol === 'http:' ? '80' : '443'
}

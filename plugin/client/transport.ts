// Sends one HTTP request to the API server, logs it as kubectl's -v does, and turns refusals into ApiError.
import http from 'node:http'
import https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseDuration } from '../../mirror/time.ts'
import { readStatus } from './response-body.ts'
import { ApiError, ConnectionError, UserError } from '../io/errors.ts'
import type { GlobalFlags } from '../kubeconfig/global-flags.ts'
import { warningTexts } from './header-text.ts'
import type { Io } from '../io/io.ts'
import type { OpenAccess } from './access.ts'
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

  async options(): Promise<https.RequestOptions> {
    const { server } = this.#access
    const { options: secure } = await this.#access.secure()
    const host = server.hostname.replace(/^\[|\]$/g, '')
    // A path, where many clusters are reached through one server.
    const path = server.pathname.replace(/\/+$/, '')
    return { protocol: server.protocol, host, port: server.port || defaultPort(server), path, ...secure }
  }

  close(): void {
    this.#access.close()
  }

  async #exchange(url: URL, method: Method, options: SendOptions): Promise<http.IncomingMessage> {
    const { options: access, reject: rejectCredentials } = await this.#access.secure()
    const { headers, ...secure } = access
    const body = options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body))
    const deadline = this.#timeout && !options.longLived ? AbortSignal.timeout(this.#timeout) : undefined
    const signals = [options.signal ?? this.#io.signal, ...(deadline ? [deadline] : [])]
    const silence = this.#timeout === undefined ? longestSilence(options.query) : 0
    const settings = {
      ...secure,
      method,
      timeout: silence,
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
    }
    const silent = (): Error => {
      if (secure.agent instanceof http.Agent) closeIdle(secure.agent)
      return new Error(`the connection is dead: nothing came for ${silence / 1000} s`)
    }
    return new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = (url.protocol === 'http:' ? http : https).request(url, settings, (response) => {
        request.on('timeout', () => response.destroy(silent()))
        if (response.statusCode === 401) rejectCredentials()
        deadline?.addEventListener('abort', () => response.destroy(timeOut(READING)), { once: true })
        resolve(response)
      })
      // The socket's own time-out starts anew while a write is pending.
      const late = silence > 0 ? setTimeout(() => request.destroy(silent()), silence) : undefined
      request.on('error', reject)
      request.once('response', () => clearTimeout(late))
      request.once('close', () => clearTimeout(late))
      request.end(body)
    }).catch((cause: Error) => {
      throw new ConnectionError(url.host, deadline?.aborted ? timeOut(WAITING) : cause)
    })
  }

  #warnOf(headers: readonly string[] = [], quiet: RequestOptions['quiet'] = false): void {
    const isQuiet = typeof quiet === 'function' ? quiet : () => quiet
    for (const text of warningTexts(headers)) if (!isQuiet(text)) this.warn(text)
  }
}

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

type Klog = (level: number, text: string) => void

function makeKlog(verbosity: string | undefined, { stderr, now }: Pick<Io, 'stderr' | 'now'>): Klog {
  const most = parseVerbosity(verbosity)
  return (level, text) => {
    if (level <= most) stderr.write(`I${stamp(now())} ${String(process.pid).padStart(7)} transport.ts] ${text}\n`)
  }
}

/** `MMdd hh:mm:ss.uuuuuu`, in local time. */
function stamp(now: Date): string {
  const two = (number: number) => String(number).padStart(2, '0')
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(':')
  return `${two(now.getMonth() + 1)}${two(now.getDate())} ${time}.${String(now.getMilliseconds()).padStart(3, '0')}000`
}

function parseVerbosity(text = '0'): number {
  if (/^-?\d+$/.test(text)) return Number(text)
  const why = `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`
  throw new UserError(`invalid argument ${JSON.stringify(text)} for "-v, --v" flag: ${why}`)
}

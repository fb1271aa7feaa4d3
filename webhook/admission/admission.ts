// POST /mutate: limits, deadline, one review, metrics and log. Decides nothing about mirrors; knows no cluster.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { readReview, writeReview, type AdmissionRequest } from './admission-review.ts'
import { createBodyReader } from './body.ts'
import { LONGEST_LOGGED } from '../kubernetes/log.ts'
import { shorten } from '../../mirror/problem.ts'
import type { Metrics } from '../kubernetes/metrics.ts'
import { responseTo } from './response.ts'
import type { Decision } from './review.ts'

export interface AdmissionOptions {
  /** `within`: milliseconds that are left for it. */
  readonly review: (request: AdmissionRequest, within: number) => Decision | Promise<Decision>
  readonly metrics: Metrics['admission']
  /** One line for each decision. */
  readonly log: Pick<Logger, 'info' | 'error'>
  /** Requests that may be in flight at once; the API server retries those above it. */
  readonly concurrency: number
  /** If so, each response closes its connection, and the API server uses another replica. */
  readonly draining: () => boolean
}

/** The API server retries a 503 with this header within its own deadline. */
const RETRY = { 'retry-after': '1' }

export type Admit = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export function createAdmission(options: AdmissionOptions): Admit {
  const { metrics, log, concurrency, draining } = options
  const bodies = createBodyReader()
  let underWay = 0
  const closeIfDraining = (response: ServerResponse): void => {
    if (draining()) response.setHeader('connection', 'close')
  }
  return async (request, response) => {
    const started = performance.now()
    if (underWay >= concurrency && !bodies.makeRoom()) {
      closeIfDraining(response)
      metrics.shed.inc()
      request.resume()
      return reply(response, 503, `busy: ${concurrency} reviews are in flight`, RETRY)
    }
    metrics.underWay.set(++underWay)
    try {
      const body = await bodies.read(request)
      closeIfDraining(response)
      if (body === 'large') return refuse(response, 413, 'the AdmissionReview is larger than 3.5 MiB', options)
      if (body === 'slow') {
        response.setHeader('connection', 'close')
        return refuse(response, 408, 'the AdmissionReview did not arrive in time', options)
      }
      const late = performance.now() >= started + timeoutOf(request)
      if (body === 'crowded' || late) {
        metrics.shed.inc()
        const why = late ? 'the deadline has passed' : 'busy: too many large reviews are in flight'
        return reply(response, 503, why, RETRY)
      }
      await respond(body, request, response, started, options)
    } catch (error) {
      metrics.duration.observe({ outcome: 'error' }, (performance.now() - started) / 1000)
      log.error({ err: error }, 'admission failed')
      reply(response, 500, shorten(error instanceof Error ? error.message : String(error), LONGEST_LOGGED))
    } finally {
      metrics.underWay.set(--underWay)
    }
  }
}

async function respond(
  body: Buffer,
  incoming: IncomingMessage,
  response: ServerResponse,
  started: number,
  options: AdmissionOptions
): Promise<void> {
  const { review, metrics, log } = options
  const request = readReview(body)
  if (typeof request === 'string') return refuse(response, 400, request, options)
  const within = started + timeoutOf(incoming) - performance.now()
  const reviewed = review(request, within)
  // Few reviews wait, and a promise for each would cost more than a small review.
  const decision = reviewed instanceof Promise ? await reviewed : reviewed
  send(response, 200, 'application/json', writeReview(responseTo(request, decision)))
  const { outcome, findings, patch } = decision
  const seconds = (performance.now() - started) / 1000
  metrics.duration.observe({ outcome }, seconds)
  for (const { code } of findings) metrics.findings.inc({ code })
  const codes = [...new Set(findings.map(({ code }) => code))]
  const [uid, operation, namespace, name] = [
    request.uid,
    request.operation,
    request.namespace,
    request.name || nameOf(request.object)
  ].map((text) => text && shorten(text, LONGEST_LOGGED))
  const dryRun = request.dryRun === true
  const milliseconds = Math.round(seconds * 1e6) / 1e3
  log.info(
    { uid, operation, namespace, name, dryRun, outcome, patched: patch.length > 0, codes, milliseconds },
    outcome
  )
}

function nameOf(object: AdmissionRequest['object']): string | undefined {
  const name: unknown = object?.metadata?.name // unchecked if the object was refused
  return typeof name === 'string' ? name : undefined
}

/** For what no API server sends. */
function refuse(response: ServerResponse, status: number, problem: string, { metrics, log }: AdmissionOptions): void {
  metrics.refused.inc()
  log.error({ status, problem: shorten(problem, LONGEST_LOGGED) }, 'refused')
  reply(response, status, problem)
}

/** Milliseconds. The API server sends `?timeout=10s`; without it, its hard limit. */
function timeoutOf({ url = '' }: IncomingMessage): number {
  const seconds = /[?&]timeout=(\d+)s(?:&|$)/.exec(url)?.[1]
  return Number(seconds ?? 30) * 1000
}

function reply(response: ServerResponse, status: number, message: string, headers: Record<string, string> = {}): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  send(response, status, 'text/plain; charset=utf-8', `${message}\n`)
}

/** Bytes. A connection with TLS keeps a buffer as large as the largest response that it has carried: such a one ends with it. */
const LARGE = 128 * 1024

/** Node writes latin1 without encoding it first, and ASCII is the same in it: that saves a fifth of an admission's time. */
export function send(response: ServerResponse, status: number, type: string, text: string): void {
  if (response.headersSent || response.destroyed) return
  const length = Buffer.byteLength(text)
  const ending = length > LARGE && { connection: 'close' }
  const headers = { 'content-type': type, 'content-length': length, ...ending }
  response.writeHead(status, headers).end(text, length === text.length ? 'latin1' : 'utf8')
}

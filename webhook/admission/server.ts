// The two listeners: admission over TLS, operations (health, metrics) over plain HTTP; and their graceful end.
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { CONNECTIONS, limitConnections } from './connections.ts'
import { createAdmission, send, type AdmissionOptions } from './admission.ts'
import { OLDEST_TLS, type ServingPair } from '../certificates/certificates.ts'
import { Router, type Request, type Response } from 'express'
import type { Registry } from 'prom-client'

export interface ServerOptions extends Omit<AdmissionOptions, 'draining'>, Health {
  readonly registry: Registry
}

export interface AdmissionServer {
  readonly https: HttpsServer
  readonly operations: Server
  /** Uses this pair from the next handshake on; keeps existing connections. */
  use(pair: ServingPair): void
  /** Keeps responding for this time, with `Connection: close`; closes everything at most a second later. */
  drain(milliseconds: number): Promise<void>
}

/** The API server closes an idle connection after 90 s; a server that closes it first races its next request. */
const QUIET_MS = 100_000

const HTTPS = {
  minVersion: OLDEST_TLS,
  keepAlive: true,
  noDelay: true,
  handshakeTimeout: 10_000,
  keepAliveTimeout: QUIET_MS,
  // Both timers start at connect, and Go clients keep spare connections. body.ts handles reviews that stop halfway.
  headersTimeout: QUIET_MS,
  requestTimeout: QUIET_MS
} as const

/** Requests in flight at the end of the drain take milliseconds. */
const LAST_RESPONSES_MS = 1000

export function createServer(options: ServerOptions): AdmissionServer {
  let draining = false
  const router = Router().post('/mutate', createAdmission({ ...options, draining: () => draining }))
  const https = createHttpsServer(HTTPS, listenerOf(router, 'POST /mutate'))
  const unready = (): string | undefined => (draining ? 'draining' : options.unready())
  const operations = createOperations(options.registry, { ...options, unready })
  limitConnections(https, Math.max(CONNECTIONS, 2 * options.concurrency))
  limitConnections(operations, CONNECTIONS)
  return {
    https,
    operations,
    use: ({ certificate, key }) => https.setSecureContext({ cert: certificate, key, minVersion: OLDEST_TLS }),
    async drain(milliseconds) {
      draining = true
      await sleep(milliseconds)
      await Promise.all([close(https), close(operations)])
    }
  }
}

/** Express's router without its application, which would change the prototype of each request and response: decision 9. */
function listenerOf(router: Router, served: string): RequestListener {
  return (request, response) => {
    const otherwise = (error?: unknown): void => {
      request.resume()
      if (error === undefined) return sendText(response, 404, `there is only ${served}\n`)
      sendText(response, 500, `${error instanceof Error ? error.message : 'failed'}\n`)
    }
    router(request as Request, response as Response, otherwise) // the router itself uses nothing that Express adds
  }
}

function sendText(response: ServerResponse, status: number, text: string): void {
  send(response, status, 'text/plain; charset=utf-8', text)
}

/** Returns the port: the given one, or for 0 any free one. */
export function listen(server: Server | HttpsServer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port) // an address, as it listens on a TCP port
    })
  })
}

/**
 * Idle connections close at once, the others after their response. Node counts a connection without a request as busy and would
 * wait for it forever; Go clients open spare ones and keep them for 90 s.
 */
async function close(server: Server | HttpsServer): Promise<void> {
  server.keepAliveTimeout = 1
  await Promise.race([once(server.close(), 'close'), sleep(LAST_RESPONSES_MS)])
  server.closeAllConnections()
}

export interface Health {
  /** Why admission cannot be served now; undefined when it can. */
  readonly unready: () => string | undefined
  /** What an operator should fix although admission works. */
  readonly warning?: () => string | undefined
}

/**
 * Live: the process responds. Ready: it can serve admission. If liveness included readiness, a lost certificate would restart
 * every replica.
 */
export function createOperations(registry: Registry, { unready, warning }: Health): Server {
  const router = Router()
  router.get('/livez', (_request, response) => sendText(response, 200, 'ok\n'))
  router.get('/readyz', (_request, response) => {
    const reason = unready()
    const wrong = warning?.()
    const well = wrong === undefined ? 'ok' : `ok, but ${wrong}`
    sendText(response, reason === undefined ? 200 : 503, `${reason ?? well}\n`)
  })
  router.get('/metrics', async (_request, response) => {
    send(response, 200, registry.contentType, await registry.metrics())
  })
  return createHttpServer(listenerOf(router, 'GET /livez, /readyz and /metrics'))
}

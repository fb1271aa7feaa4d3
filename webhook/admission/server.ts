// The two listeners: admission over TLS, operations (health, metrics) over plain HTTP; and their graceful end.
import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Router, type Request, type Response } from 'express'
import type { Registry } from 'prom-client'
import { CONNECTIONS, limitConnections } from './connections.ts'
import { createAdmission, send, type Admit, type AdmissionOptions } from './admission.ts'
import { OLDEST_TLS, type ServingPair } from '../certificates/certificates.ts'
import { createOperations, type Health } from './operations.ts'

export interface ServerOptions extends Omit<AdmissionOptions, 'draining'>, Health {
  readonly registry: Registry
}

export interface AdmissionServer {
  readonly https: HttpsServer
  readonly operations: Server
  /** Serves with this pair from the next handshake on; connections that exist are kept. */
  use(pair: ServingPair): void
  /** Answers go on, each with `Connection: close`, for the drain's time; at most a second after it, all is closed. */
  drain(milliseconds: number): Promise<void>
}

/** The API server gives up a quiet connection after 90 s: a server that hangs up first races its next request. */
const QUIET_MS = 100_000

const HTTPS = {
  minVersion: OLDEST_TLS,
  keepAlive: true,
  noDelay: true,
  handshakeTimeout: 10_000,
  keepAliveTimeout: QUIET_MS,
  // Both begin with the connection, which may be one in reserve. Those that begin a review and do not go on: see body.ts.
  headersTimeout: QUIET_MS,
  requestTimeout: QUIET_MS
} as const

/** What has begun by the end of the drain has been sent whole, and takes milliseconds. */
const LAST_ANSWERS_MS = 1000

export function createServer(options: ServerOptions): AdmissionServer {
  let draining = false
  const admit = route(createAdmission({ ...options, draining: () => draining }))
  const https = createHttpsServer(HTTPS, admit)
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

/** Express's router without its application, which would give each request and answer another prototype: see decision 9. */
function route(admit: Admit): RequestListener {
  const router = Router().post('/mutate', admit)
  return (request, response) => {
    const otherwise = (): void => {
      request.resume()
      send(response, 404, 'text/plain; charset=utf-8', 'there is only POST /mutate\n')
    }
    router(request as Request, response as Response, otherwise) // the router itself uses nothing that Express adds
  }
}

/** The port it listens on: the one asked for, or with 0 whichever is free. */
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
 * Idle connections end at once, the others after their answer. One that has asked nothing yet counts as busy in Node, which
 * would wait for it without end; Go's clients open some in reserve (whichever is free first is used), and keep them for 90 s.
 */
async function close(server: Server | HttpsServer): Promise<void> {
  server.keepAliveTimeout = 1
  await Promise.race([once(server.close(), 'close'), sleep(LAST_ANSWERS_MS)])
  server.closeAllConnections()
}

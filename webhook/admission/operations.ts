// The listener for health and metrics, over plain HTTP. Knows nothing of admission.
import { createServer, type Server } from 'node:http'
import express from 'express'
import type { Registry } from 'prom-client'

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
  const app = express().disable('x-powered-by').disable('etag')
  app.get('/livez', (_request, response) => void response.type('text').send('ok\n'))
  app.get('/readyz', (_request, response) => {
    const reason = unready()
    const wrong = warning?.()
    const well = wrong === undefined ? 'ok' : `ok, but ${wrong}`
    response
      .status(reason === undefined ? 200 : 503)
      .type('text')
      .send(`${reason ?? well}\n`)
  })
  app.get('/metrics', async (_request, response) => {
    const metrics = await registry.metrics()
    response.setHeader('content-type', registry.contentType)
    response.end(metrics)
  })
  return createServer(app)
}

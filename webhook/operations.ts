// The listener for the cluster's own needs: health and metrics, over plain HTTP. Knows nothing of admission.
import { createServer, type Server } from 'node:http'
import express from 'express'
import type { Registry } from 'prom-client'

/**
 * `unready`: why admission cannot be served now; undefined when it can.
 * Live: the process answers. Ready: it can serve admission. Apart, or a lost certificate would restart every replica.
 */
export function createOperations(registry: Registry, unready: () => string | undefined): Server {
  const app = express().disable('x-powered-by').disable('etag')
  app.get('/livez', (_request, response) => void response.type('text').send('ok\n'))
  app.get('/readyz', (_request, response) => {
    const reason = unready()
    response
      .status(reason === undefined ? 200 : 503)
      .type('text')
      .send(`${reason ?? 'ok'}\n`)
  })
  app.get('/metrics', async (_request, response) => {
    const metrics = await registry.metrics()
    response.setHeader('content-type', registry.contentType)
    response.end(metrics)
  })
  return createServer(app)
}

// The listener for the cluster's own needs: health and metrics, over plain HTTP. Knows nothing of admission.
import { createServer, type Server } from 'node:http'
import type { Registry } from 'prom-client'
import { send } from './send.ts'

/** `unready`: why admission cannot be served now; undefined when it can. */
export function createOperations(registry: Registry, unready: () => string | undefined): Server {
  const pages = pagesOf(registry, unready)
  return createServer((request, response) => {
    const page = request.method === 'GET' ? pages[request.url ?? ''] : undefined
    if (page === undefined) return send(response, 404, TEXT, `not found; there are ${Object.keys(pages).join(', ')}\n`)
    page().then(
      ({ status, type, text }) => send(response, status, type, text),
      (error: unknown) => send(response, 500, TEXT, `${String(error)}\n`)
    )
  })
}

interface Page {
  readonly status: number
  readonly type: string
  readonly text: string
}

const TEXT = 'text/plain; charset=utf-8'

/** Live: the process answers. Ready: it can serve admission. Apart, or a lost certificate would restart every replica. */
function pagesOf(registry: Registry, unready: () => string | undefined): Readonly<Record<string, () => Promise<Page>>> {
  return {
    '/livez': async () => ({ status: 200, type: TEXT, text: 'ok\n' }),
    '/readyz': async () => {
      const reason = unready()
      return { status: reason === undefined ? 200 : 503, type: TEXT, text: `${reason ?? 'ok'}\n` }
    },
    '/metrics': async () => ({ status: 200, type: registry.contentType, text: await registry.metrics() })
  }
}

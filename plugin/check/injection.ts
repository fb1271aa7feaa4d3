// The proof that the webhook injects: the API server and everything in it that admits objects, asked for a VirtualService
// that is not stored.
import { ANNOTATIONS } from '../../mirror/annotations.ts'
import type { Cluster } from '../cluster.ts'
import { ApiError } from '../errors.ts'
import { collectionPath } from '../virtual-services.ts'
import { findWebhook, showSelectors, WEBHOOK_NAME } from '../webhook-presence.ts'
import { leftOutBy } from '../webhook-scope.ts'
import { link, type Link } from './link.ts'

const NAME = 'injection'
const WHAT = 'a VirtualService with our annotation, in a dry run,'

export async function checkInjection(cluster: Cluster): Promise<Link> {
  const started = performance.now()
  try {
    const { metadata } = await cluster.request<{ metadata: { annotations?: Record<string, string> } }>(
      'POST',
      collectionPath(cluster.namespace),
      { query: { dryRun: 'All' }, body: TRIAL, quiet: true }
    )
    if (metadata.annotations?.[ANNOTATIONS.injected] === undefined) return await explain(cluster)
    return link('ok', NAME, `${WHAT} gets its mirror (${Math.round(performance.now() - started)} ms)`)
  } catch (error) {
    // A policy may refuse what the trial asks for (it never ends, for one). Whoever refuses has answered.
    const denial = `admission webhook "${WEBHOOK_NAME}" denied the request: `
    if (!(error instanceof ApiError) || !error.message.includes(denial)) throw error
    const why = error.message.slice(error.message.indexOf(denial) + denial.length)
    return link('ok', NAME, `the webhook answers; its policy refuses the bare mirror of the dry run: ${why}`)
  }
}

async function explain(cluster: Cluster): Promise<Link> {
  // Who may not read its configuration has just been told so by the link of the webhook.
  const webhook = await findWebhook(cluster).catch((error: unknown) => {
    if (!(error instanceof ApiError)) throw error
  })
  switch (webhook && (await leftOutBy(cluster, webhook, {}))) {
    case 'namespaceSelector': {
      const detail = `the webhook leaves out namespace ${cluster.namespace} by its namespaceSelector`
      return link('failed', NAME, detail, showSelectors(cluster))
    }
    case 'objectSelector':
      return link(
        'unknown',
        NAME,
        'the webhook takes only VirtualServices that have certain labels',
        showSelectors(cluster)
      )
    default:
      return link('failed', NAME, `${WHAT} gets no mirror`, 'see the webhook above')
  }
}

const TRIAL = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { generateName: 'kubectl-mirror-check-', annotations: { [ANNOTATIONS.to]: 'copy' } },
  spec: {
    hosts: ['kubectl-mirror-check.invalid'],
    http: [{ route: [{ destination: { host: 'kubectl-mirror-check.invalid', subset: 'live' } }] }]
  }
}

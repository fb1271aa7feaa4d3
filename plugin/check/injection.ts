// Proves that the webhook injects: creates an annotated VirtualService as a dry run.
import { ANNOTATIONS } from '../../mirror/annotations.ts'
import { shorten } from '../../mirror/problem.ts'
import type { Cluster } from '../client/client.ts'
import { ApiError, unlessRefused } from '../io/errors.ts'
import { collectionPath } from '../resources/virtual-services.ts'
import { findWebhook, showSelectors, WEBHOOK_NAME, leftOutBy } from '../resources/webhook-presence.ts'
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
    if (!(error instanceof ApiError)) throw error
    return explainRefusal(error)
  }
}

/** A policy may refuse the trial, which never expires for example. A refusal proves that the webhook responds. */
function explainRefusal(error: ApiError): Link {
  const denial = `admission webhook "${WEBHOOK_NAME}" denied the request: `
  if (error.message.includes(denial)) {
    const [first = ''] = error.message
      .slice(error.message.indexOf(denial) + denial.length)
      .trimStart()
      .split('\n')
    return link('ok', NAME, `the webhook responds; its policy refuses the dry run: ${shorten(first, LONGEST)}`)
  }
  if (error.message.includes(`failed calling webhook "${WEBHOOK_NAME}"`)) {
    const detail = `the API server cannot reach the webhook, and refuses such objects: ${shorten(error.message, LONGEST)}`
    return link('failed', NAME, detail, SEE_WEBHOOK)
  }
  throw error
}

const LONGEST = 160
const SEE_WEBHOOK = 'see the row webhook above'

async function explain(cluster: Cluster): Promise<Link> {
  // The webhook's own link reports a missing right.
  const webhook = await unlessRefused(findWebhook(cluster), undefined)
  switch (webhook && (await leftOutBy(cluster, webhook, {}))) {
    case 'namespaceSelector': {
      const detail = `the webhook excludes namespace ${cluster.namespace} by its namespaceSelector`
      return link('failed', NAME, detail, showSelectors(cluster, webhook?.configuration))
    }
    case 'objectSelector':
      return link(
        'unknown',
        NAME,
        'the webhook handles only VirtualServices with certain labels',
        showSelectors(cluster, webhook?.configuration)
      )
    default:
      return link('failed', NAME, `${WHAT} gets no mirror`, SEE_WEBHOOK)
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

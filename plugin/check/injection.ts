// Proves that the webhook injects: creates an annotated route as a dry run.
import { shorten } from '../../mirror/problem.ts'
import type { RouteObject } from '../../mirror/route-kind.ts'
import { isMirrored, TRIALS, type Trial } from '../../mirror/trial.ts'
import type { Cluster } from '../client/client.ts'
import { ApiError, unlessRefused } from '../io/errors.ts'
import { isKindMissing } from '../resources/route-kinds.ts'
import { findWebhook, showSelectors, WEBHOOK_NAME, leftOutBy } from '../resources/webhook-presence.ts'
import { link, type Link } from './link.ts'

const NAME = 'injection'
export async function checkInjection(cluster: Cluster): Promise<Link> {
  const [first, ...others] = TRIALS
  return others.reduce(
    (checked, trial) =>
      checked.catch((error: unknown) => {
        if (!(error instanceof ApiError) || !isKindMissing(error)) throw error
        return tryOut(cluster, trial)
      }),
    tryOut(cluster, first!)
  )
}

async function tryOut(cluster: Cluster, { object, path }: Trial): Promise<Link> {
  const what = `${object.kind === 'HTTPRoute' ? 'an' : 'a'} ${object.kind} with our annotation, in a dry run,`
  const started = performance.now()
  try {
    const stored = await cluster.request<RouteObject>('POST', path(cluster.namespace), {
      query: { dryRun: 'All' },
      body: object,
      quiet: true
    })
    if (!isMirrored(stored)) return await explain(cluster, what)
    return link('ok', NAME, `${what} gets its mirror (${Math.round(performance.now() - started)} ms)`)
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

async function explain(cluster: Cluster, what: string): Promise<Link> {
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
        'the webhook handles only routes with certain labels',
        showSelectors(cluster, webhook?.configuration)
      )
    default:
      return link('failed', NAME, `${what} gets no mirror`, SEE_WEBHOOK)
  }
}

// Warns that nothing will end a mirror of `enable --direct`, unless a webhook handles the VirtualService.
import type { Cluster } from '../client/client.ts'
import { ApiError } from '../io/errors.ts'
import type { Io } from '../io/io.ts'
import type { StoredVirtualService } from '../resources/virtual-services.ts'
import { findWebhook, whoEnds, leftOutBy } from '../resources/webhook-presence.ts'

interface Ending {
  readonly end: Date
  /** The webhook injected this mirror in a dry run, or was not asked. */
  readonly answered: boolean
}

export async function warnOfEnd(
  cluster: Cluster,
  { metadata }: StoredVirtualService,
  { end, answered }: Ending,
  io: Io
): Promise<void> {
  const { name, namespace, labels = {} } = metadata
  const until = end.toISOString()
  const run = `run then: ${cluster.command(`mirror disable ${name} -n ${namespace}`)}`
  const said = await explain()
  if (said !== undefined) io.stderr.write(`Warning: ${said}\n`)

  async function explain(): Promise<string | undefined> {
    try {
      const webhook = await findWebhook(cluster)
      if (!webhook) return whoEnds(cluster, webhook, { name, namespace, until })
      const selector = await leftOutBy(cluster, webhook, labels)
      if (selector) {
        return `the webhook excludes ${namespace}/${name} by its ${selector}, so nothing ends this mirror at ${until}; ${run}`
      }
      if (answered) return undefined
      return `the webhook did not respond; if it is not back by ${until}, nothing ends this mirror; ${run}`
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return `you may not read whether a webhook is installed; without one, nothing ends this mirror at ${until}; ${run}`
    }
  }
}

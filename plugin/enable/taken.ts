// Waits until the implementations of the Gateway API have taken a mirrored HTTPRoute, and says what they say of it.
import type { Cluster } from '../client/client.ts'
import { UserError } from '../io/errors.ts'
import type { Io } from '../io/io.ts'
import { poll } from './poll.ts'
import { objectPath, type StoredVirtualService } from '../resources/virtual-services.ts'
import { isPending, readAnswers, type Answer } from '../resources/route-status.ts'

/** Implementations answer within a second or two. */
const LONGEST_MS = 15_000
const LOOK_MS = 250

export async function waitUntilTaken(cluster: Cluster, object: StoredVirtualService, io: Io): Promise<void> {
  const deadline = performance.now() + LONGEST_MS
  let answers = readAnswers(object)
  if (isPending(answers)) {
    await poll({ cluster, signal: io.signal, deadline, every: LOOK_MS }, async () => {
      answers = readAnswers(await cluster.request<StoredVirtualService>('GET', objectPath(object)))
      return isPending(answers) ? undefined : answers
    })
  }
  const refusals = answers.filter(({ refusal }) => refusal !== undefined)
  if (refusals.length > 0) throw new UserError(refusals.map((one) => `${describe(one)}; the mirror stays enabled`))
  if (isPending(answers)) {
    cluster.warn(`no implementation has taken the mirror within ${LONGEST_MS / 1000} s: see kubectl mirror check`)
  }
}

function describe({ controller, refusal = '' }: Answer): string {
  return `${controller} does not take the mirror: ${refusal}`
}

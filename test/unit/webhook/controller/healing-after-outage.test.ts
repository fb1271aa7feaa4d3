// While admission is away, the leader tries one object at a time; once it is back, all are healed, however long it was away.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ApiError } from '../../../../webhook/kubernetes/client.ts'
import { until } from '../../../until.ts'
import { controllerOf } from '../doubles.ts'

const OBJECTS = Array.from({ length: 20 }, (_, index) => ({
  metadata: {
    name: `web-${index}`,
    namespace: 'prod',
    uid: `web-${index}`,
    annotations: { 'kubectl-mirror.dev/to': 'v2' }
  }
}))
const REVIEWED = '299 - "kubectl-mirror reviewed this: mirrored, policy 1"'

test.concurrent.for([
  ['not called: no replica is reached', undefined],
  ['refused by another webhook that is away', new ApiError(500, 'failed calling webhook')],
  ['not answered: the API server is away', new Error('read ECONNRESET')]
] as const)('%s', async ([, failure]) => {
  let isAway = true
  const [tried, healed] = [[] as string[], new Set<string>()]
  const stop = new AbortController()
  const controller = controllerOf(
    async (_, path, { warned } = {}) => {
      const name = path.slice(path.lastIndexOf('/') + 1)
      const object = OBJECTS.find(({ metadata }) => metadata.name === name)
      if (isAway) {
        tried.push(name)
        if (failure) throw failure
        return object
      }
      warned?.(REVIEWED)
      healed.add(name)
      return object
    },
    { signal: stop.signal }
  )
  controller.begin()
  for (const object of OBJECTS) controller.put(object)
  controller.end()
  await until('each is tried', () => new Set(tried).size === OBJECTS.length)
  const before = tried.length
  await sleep(5000)
  expect(tried.length - before, 'attempts while it is away: one every two seconds').toBeLessThanOrEqual(4)

  isAway = false
  await until('all are healed', () => healed.size === OBJECTS.length)
  stop.abort()
})

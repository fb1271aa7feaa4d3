// A mirrored HTTPRoute whose target vanishes is reviewed at once, whatever else happens to it meanwhile.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { HTTP_ROUTES } from '../../../../webhook/controller/collections.ts'
import { until } from '../../../until.ts'
import { controllerOf } from '../doubles.ts'

const OBJECT = {
  metadata: {
    name: 'httpbin',
    namespace: 'prod',
    uid: 'httpbin',
    annotations: { 'kubectl-mirror.dev/to': 'v2', 'kubectl-mirror.dev/injected': 'v2:80=100' }
  }
}

test.for([false, true])('a new status of the object between the two: %s', async (hasNewStatus) => {
  const paths: string[] = []
  const stop = new AbortController()
  let state = 'there'
  const controller = controllerOf(
    async (_, path, { warned } = {}) => {
      paths.push(path)
      warned?.('299 - "kubectl-mirror reviewed this: mirrored, policy 1"')
      return OBJECT
    },
    { collection: HTTP_ROUTES, signal: stop.signal, dependsOn: () => state }
  )
  controller.begin()
  controller.put(OBJECT)
  controller.end()
  await until('it is reviewed when it is found', () => paths.length === 1)
  controller.meshChanged()
  await sleep(300)
  expect(paths, 'no change of what it depends on').toHaveLength(1)

  state = 'gone'
  controller.meshChanged()
  if (hasNewStatus) controller.put(OBJECT)
  await until('it is reviewed at once, and once more', () => paths.length === 3, 3000)
  stop.abort()
  expect(new Set(paths)).toEqual(new Set(['/apis/gateway.networking.k8s.io/v1/namespaces/prod/httproutes/httpbin']))
})

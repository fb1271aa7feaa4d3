// What enable --create takes back where its second object is not made, or may have been.
import { expect, test } from 'vitest'
import { ANNOTATIONS } from '../../../../mirror/annotations.ts'
import type { Cluster } from '../../../../plugin/client/client.ts'
import { planWrite } from '../../../../plugin/enable/enable-target.ts'
import { ApiError, ConnectionError } from '../../../../plugin/io/errors.ts'

const SERVICE = {
  metadata: { name: 'web', namespace: 'shop' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] }
}
const PODS = ['v1', 'v2'].map((version) => ({
  metadata: { name: version, namespace: 'shop', labels: { app: 'web', version } },
  status: { conditions: [{ type: 'Ready', status: 'True' }] }
}))

/** An API server with a Service and its pods. `failure`: of the VirtualService's creation. */
async function create(failure: Error, canDelete = true) {
  const asked: string[] = []
  const said: string[] = []
  const stub = {
    namespace: 'shop',
    command: (words: string) => `kubectl ${words}`,
    request: async (method: string, path: string) => {
      const kind = path.split('/').find((part) => part.endsWith('services') || part.endsWith('rules'))
      if (method !== 'GET') asked.push(`${method} ${kind}`)
      if (method === 'GET' && kind === 'virtualservices')
        throw new ApiError(404, { reason: 'NotFound', details: { kind: 'virtualservices' } })
      if (method === 'GET' && path.includes('/httproutes')) throw new ApiError(404, {})
      if (method === 'POST' && kind === 'virtualservices') throw failure
      if (method === 'DELETE' && !canDelete) throw new ApiError(503, {})
      return {}
    },
    async *list(path: string) {
      const items = path.endsWith('/pods') ? PODS : path.endsWith('/services') ? [SERVICE] : []
      yield { items, resourceVersion: '1' }
    }
  }
  const plan = await planWrite(stub as unknown as Cluster, 'web', {
    annotations: { [ANNOTATIONS.to]: 'v2' },
    fieldManager: 'kubectl-mirror',
    force: false,
    create: 'VirtualService',
    from: [],
    flags: {},
    warn: (text) => void said.push(text),
    io: { now: () => new Date(), signal: new AbortController().signal }
  })
  await expect(plan.write()).rejects.toBe(failure)
  return { asked, said: said.join('\n') }
}

const LEFT =
  'DestinationRule web was created and remains; to delete it: ' +
  'kubectl delete virtualservice/web destinationrule/web --ignore-not-found -n shop'

test('a refused VirtualService takes its DestinationRule along', async () => {
  const { asked, said } = await create(new ApiError(403, {}))
  expect(asked).toEqual(['POST destinationrules', 'POST virtualservices', 'DELETE destinationrules'])
  expect(said).toBe('')
})

test.each([
  new ConnectionError('server', new Error('socket hang up')),
  new ApiError(504, {}),
  new DOMException('', 'AbortError')
])('one that may have been made keeps its subsets, or every live request would be lost: %s', async (failure) => {
  const { asked, said } = await create(failure)
  expect(asked).toEqual(['POST destinationrules', 'POST virtualservices'])
  expect(said).toBe(LEFT)
})

test('what cannot be taken back is named', async () => {
  expect((await create(new ApiError(403, {}), false)).said).toBe(LEFT)
})

// What `enable --create` says if it fails after it has made something.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Cluster } from '../../../../plugin/client/client.ts'
import { planCreating } from '../../../../plugin/enable/create-write.ts'
import { ApiError, ConnectionError, type UserError } from '../../../../plugin/io/errors.ts'

const SERVICE = {
  name: 'httpbin',
  namespace: 'shop',
  selector: { app: 'httpbin' },
  ports: [{ port: 8000 }],
  exportTo: []
}
const PODS = ['v1', 'v2'].map((version) => ({
  metadata: { name: version, namespace: 'shop', uid: version, resourceVersion: '1', labels: { version } },
  status: { conditions: [{ type: 'Ready', status: 'True' }] }
}))

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Where EndpointSlices may not be read, and `onDelete` answers each deletion. */
async function write(onDelete: () => void) {
  const requests: string[] = []
  const warnings: string[] = []
  const stub = {
    command: (words: string) => `kubectl ${words}`,
    warn: (text: string) => warnings.push(text),
    request: async (method: string, path: string) => {
      requests.push(`${method} ${path.split('/').at(-1)}`)
      if (path.endsWith('endpointslices')) throw new ApiError(403, { message: 'forbidden' })
      if (method === 'DELETE') onDelete()
      return { items: [] }
    },
    list: async function* (path: string) {
      yield { items: path.endsWith('/pods') ? PODS : [], resourceVersion: '1' }
    }
  }
  const plan = await planCreating(stub as unknown as Cluster, SERVICE, 'HTTPRoute', {
    annotations: { 'kubectl-mirror.dev/to': 'httpbin-v2' },
    fieldManager: 'test',
    force: false,
    from: ['v1'],
    flags: {},
    warn: stub.warn,
    io: { now: () => new Date(), signal: new AbortController().signal }
  })
  const written = plan.write().then(
    () => [],
    (error: unknown) => (error as UserError).messages
  )
  await vi.advanceTimersByTimeAsync(30_000)
  return { messages: await written, warnings, requests }
}

test('nothing was created, where all that was made is removed: also when the API server was away at first', async () => {
  let tries = 0
  const { messages, warnings, requests } = await write(() => {
    if (tries++ < 4) throw new ConnectionError('sandbox', new Error('refused'))
  })
  expect(messages).toEqual(['nothing was created: you may not list endpointslices in namespace shop'])
  expect(warnings).toEqual([])
  expect(requests).not.toContain('POST httproutes')
})

test('where it cannot be removed, that is said with what to type, and never that nothing was created', async () => {
  const { messages, warnings } = await write(() => {
    throw new ConnectionError('sandbox', new Error('refused'))
  })
  expect(messages).toEqual(['you may not list endpointslices in namespace shop'])
  expect(warnings).toEqual([
    'Services httpbin-v1, httpbin-v2 were created and remain; to delete them: kubectl delete httproute/httpbin ' +
      'service/httpbin-v1 service/httpbin-v2 --ignore-not-found -n shop'
  ])
})

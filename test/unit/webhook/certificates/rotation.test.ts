// A certificate that cannot be stored: what the API server trusts must not grow with each attempt.
import { expect, test } from 'vitest'
import { ApiError, type Cluster } from '../../../../webhook/kubernetes/client.ts'
import { createMetrics } from '../../../../webhook/kubernetes/metrics.ts'
import { keepRotating } from '../../../../webhook/certificates/rotation.ts'
import { decode } from '../../../../webhook/certificates/serving-certificate.ts'

test('a Secret that refuses every write adds one authority to the bundle, not one each attempt', async () => {
  let bundle = ''
  let refused = 0
  const cluster: Cluster = {
    async send(method, path, { body } = {}) {
      if (method === 'PUT') {
        refused++
        throw new ApiError(403, 'no')
      }
      if (method === 'PATCH') bundle = (body as { value?: string }[])[1]?.value ?? '' // after the test of the version
      if (path.includes('/secrets/')) return { metadata: { name: 's', resourceVersion: '1' } }
      return { metadata: { resourceVersion: '1' }, webhooks: [{ name: 'w', clientConfig: { caBundle: bundle } }] }
    },
    open: () => Promise.reject(new Error('nothing is watched')),
    close: () => undefined
  }
  const { certificate: metrics } = createMetrics()
  const log = { warn: () => undefined, info: () => undefined }
  const place = { namespace: 'ns', secret: 's', configuration: 'c', dnsNames: ['a.svc'], lifetimeMs: 3_600_000 }
  const stop = new AbortController()
  // As if another writer changed something all the time.
  const rotating = keepRotating({ cluster, metrics, log, ...place }, () => AbortSignal.abort(), stop.signal)
  await expect.poll(() => refused, { timeout: 30_000 }).toBeGreaterThanOrEqual(2)
  stop.abort()
  await rotating
  expect(decode(bundle).match(/BEGIN CERTIFICATE/g)).toHaveLength(1)
}, 40_000)

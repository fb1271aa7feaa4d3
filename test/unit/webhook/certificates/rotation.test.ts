// A certificate that cannot be stored: what the API server trusts must not grow with each attempt.
import { expect, test } from 'vitest'
import { ApiError } from '../../../../webhook/kubernetes/client.ts'
import { createMetrics } from '../../../../webhook/kubernetes/metrics.ts'
import { isSigned, issue, type Issued } from '../../../../webhook/certificates/certificates.ts'
import { keepRotating } from '../../../../webhook/certificates/rotation.ts'
import { decode, encode } from '../../../../webhook/certificates/serving-certificate.ts'
import { until } from '../../../until.ts'
import { unwatched } from '../doubles.ts'

test('a Secret that refuses every write adds one authority to the bundle, not one each attempt', async () => {
  let refused = 0
  const { options, bundle } = rotationOf(() => {
    refused++
    throw new ApiError(403, 'no')
  })
  const stop = new AbortController()
  // As if another writer changed something all the time.
  const rotating = keepRotating(options, () => AbortSignal.abort(), stop.signal)
  await expect.poll(() => refused, { timeout: 30_000 }).toBeGreaterThanOrEqual(2)
  stop.abort()
  await rotating
  expect(bundle().match(/BEGIN CERTIFICATE/g)).toHaveLength(1)
}, 40_000)

const AUTHORITIES: readonly (readonly [string, () => Promise<string> | string])[] = [
  ['rubbish', () => 'rubbish'],
  ['of another', async () => (await issued()).authority],
  ['empty', () => '']
]

test.concurrent.for(AUTHORITIES)('one that can be used is replaced where ca.crt is %s', async ([, authority]) => {
  const { certificate, key } = await issued()
  let data = { 'tls.crt': encode(certificate), 'tls.key': encode(key), 'ca.crt': encode(await authority()) }
  const { options, bundle } = rotationOf(
    (stored) => (data = stored as typeof data),
    () => data
  )
  const isTrusted = () => isSigned({ certificate: decode(data['tls.crt']), key: '', authority: bundle() })
  const stop = new AbortController()
  const rotating = keepRotating(options, () => new AbortController().signal, stop.signal)
  await until('it is trusted', isTrusted, 30_000)
  expect(isTrusted()).toBe(true)
  stop.abort()
  await rotating
})

function issued(): Promise<Issued> {
  return issue(['a.svc'], 3_600_000, new Date())
}

type Data = Readonly<Record<string, string>>

/** Beside a Secret with such data, which `put` stores. `bundle`: what the API server trusts. */
function rotationOf(put: (data: Data) => void, data?: () => Data) {
  let bundle = ''
  const cluster = unwatched(async (method, path, { body } = {}) => {
    if (method === 'PUT') put((body as { data: Data }).data)
    if (method === 'PATCH') bundle = (body as { value?: string }[])[1]?.value ?? '' // after the test of the version
    if (path.includes('/secrets/'))
      return { metadata: { name: 's', resourceVersion: '1' }, ...(data && { data: data() }) }
    return { metadata: { resourceVersion: '1' }, webhooks: [{ name: 'w', clientConfig: { caBundle: bundle } }] }
  })
  const { certificate: metrics } = createMetrics()
  const log = { warn: () => undefined, info: () => undefined }
  const place = { namespace: 'ns', secret: 's', configuration: 'c', dnsNames: ['a.svc'], lifetimeMs: 3_600_000 }
  return { options: { now: () => new Date(), cluster, metrics, log, ...place }, bundle: () => decode(bundle) }
}

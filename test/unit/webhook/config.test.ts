// The Secret and the ConfigMap that a replica needs: what is missing is said, and what it has stays in use.
import { expect, test } from 'vitest'
import { issue } from '../../../webhook/certificates/certificates.ts'
import { createMetrics } from '../../../webhook/kubernetes/metrics.ts'
import { createCurrentPolicy } from '../../../webhook/admission/current-policy.ts'
import { createServingCertificate, encode, type Secret } from '../../../webhook/certificates/serving-certificate.ts'

const HOUR = 3_600_000
const metrics = createMetrics()

function logged() {
  const lines: unknown[] = []
  const write = (fields: object): void => void lines.push(fields)
  return { lines, log: { warn: write, error: write, info: () => undefined } }
}

function servingCertificate() {
  const { lines, log } = logged()
  let used = 0
  const feed = createServingCertificate({
    now: () => new Date(),
    secret: 's',
    dnsNames: ['a.svc'],
    metrics: metrics.certificate,
    log,
    use: () => used++,
    changed: () => undefined
  })
  return { ...feed, lines, used: () => used }
}

async function secretFrom(begin: number): Promise<Secret> {
  const { certificate, key } = await issue(['a.svc'], HOUR, new Date(begin))
  return { metadata: { name: 's' }, data: { 'tls.crt': encode(certificate), 'tls.key': encode(key) } }
}

test('a Secret that is not there, or not filled in, is named in the log and by /readyz', () => {
  const { sink, missing, lines } = servingCertificate()
  sink.begin()
  sink.end()
  expect(missing()).toBe('no serving certificate yet: there is no Secret s')
  sink.put({ metadata: { name: 's' } })
  expect(missing()).toBe('no serving certificate yet: Secret s has no tls.crt and tls.key')
  expect(lines).toEqual([
    { secret: 's', reason: 'there is no Secret s' },
    { secret: 's', reason: 'Secret s has no tls.crt and tls.key' }
  ])
})

test('a certificate that has not begun is not used: the previous one keeps serving', async () => {
  const { sink, missing, lines, used } = servingCertificate()
  sink.put(await secretFrom(Date.now()))
  sink.put(await secretFrom(Date.now() + HOUR))
  expect({ used: used(), missing: missing() }).toEqual({ used: 1, missing: undefined })
  expect(lines).toEqual([{ secret: 's', reason: expect.stringMatching(/^the certificate is not valid before 2/) }])
})

function policyFeed() {
  const { lines, log } = logged()
  const options = { configMap: 'c', metrics: metrics.policy, log, changed: () => undefined }
  return { ...createCurrentPolicy(options), lines }
}

test('a ConfigMap that is not there is named in the log and by /readyz', () => {
  const { sink, problem, lines } = policyFeed()
  sink.begin()
  sink.end()
  expect(problem()?.message).toBe(
    'policy of ConfigMap c: there is no ConfigMap c; no policy is in force, so nothing can be admitted'
  )
  expect(lines).toEqual([{ configMap: 'c', problems: ['there is no ConfigMap c'] }])
})

test('a policy that cannot be read is told of once for each change, and never calls one before it what is not there', () => {
  const { sink, policies, problem, version, lines } = policyFeed()
  const put = (resourceVersion: string, policy: string): void =>
    sink.put({ metadata: { name: 'c', uid: 'u', resourceVersion }, data: { 'policy.json': policy } })
  put('1', '{"allowedMethods": ["get"]}')
  put('1', '{"allowedMethods": ["get"]}')
  expect(lines).toHaveLength(1)
  expect(problem()).toEqual({
    uid: 'u',
    message: expect.stringMatching(/allowedMethods: .*; no policy is in force, so nothing can be admitted$/)
  })
  put('2', '{"allowedMethods": ["GET"]}')
  expect({ problem: problem(), version: version() }).toEqual({ problem: undefined, version: '2' })
  put('3', '{"allowedMethods": ["get"]}')
  expect(problem()?.message).toMatch(/the previous one stays in force$/)
  expect({ methods: policies()?.allowedMethods, version: version() }).toEqual({ methods: ['GET'], version: '2' })
})

test('a ConfigMap that loses its key lifts no guardrail', () => {
  const { sink, policies } = policyFeed()
  const metadata = { name: 'c', namespace: 'ns' }
  sink.put({ metadata, data: { 'policy.json': '{"maxPercent": 5}' } })
  sink.put({ metadata, data: {} })
  sink.drop({ metadata })
  expect(policies()).toMatchObject({ maxPercent: 5 })
})

test('a watch that has ended leaves no series of its silence behind', async () => {
  let silences: Record<string, number> = { virtualservices: 1, services: 2 }
  const { registry } = createMetrics(() => silences)
  await registry.metrics()
  silences = { services: 3 }
  expect(await registry.metrics()).not.toContain('resource="virtualservices"')
})

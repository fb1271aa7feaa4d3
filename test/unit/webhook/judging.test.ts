// What the controller makes of refusals, and what a review makes of a mesh that is not known, or not known yet.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { unreadMesh, type KnownMesh } from '../../../mirror/check-targets.ts'
import { createMetrics } from '../../../webhook/kubernetes/metrics.ts'
import { createPatientReview } from '../../../webhook/admission/patient-review.ts'
import { review } from '../../../webhook/admission/review.ts'
import { until } from '../../until.ts'
import { controllerOf } from './doubles.ts'

const POLICIES = { requireKnownTarget: true }
const NOW = new Date('2026-01-01T00:00:00Z')

function request(more: object = {}) {
  const metadata = { name: 'a', namespace: 'ns', annotations: { 'kubectl-mirror.dev/to': 'v2' } }
  const http = [{ route: [{ destination: { host: 'a', subset: 'v1' } }] }]
  return { uid: '1', namespace: 'ns', object: { metadata, spec: { hosts: ['a'], http }, ...more } }
}

const KNOWN: KnownMesh = { ports: () => [80], subsets: () => ['v2'] }

test.for([
  ['absent', undefined],
  ['unread', unreadMesh('the webhook cannot read destinationrules: 403 forbidden')],
  ['without its subsets', { ...KNOWN, subsets: () => ({ unread: 'forbidden' }) }]
] as const)('a mesh that is %s opens no guardrail', ([, mesh]) => {
  const { outcome, findings, patch } = review(request(), { now: NOW, policies: POLICIES, ...(mesh && { mesh }) })
  expect({ outcome, patch, codes: findings.map(({ code }) => code) }).toEqual({
    outcome: 'denied',
    patch: [],
    codes: ['targetRequired']
  })
  const open = review(request(), { now: NOW, policies: {}, ...(mesh && { mesh }) })
  expect(open.outcome, 'where it is not asked for, it denies nothing').toBe('mirrored')
})

function patient(known: () => KnownMesh) {
  let judged = 0
  const judge = createPatientReview({
    review(one) {
      judged++
      return review(one, { now: NOW, policies: POLICIES, mesh: known() })
    },
    knowledge: known
  })
  return { judge, judged: () => judged }
}

const UNKNOWN: KnownMesh = { ...KNOWN, subsets: () => [] }

test('a target that becomes known within a moment is let through', async () => {
  let mesh = UNKNOWN
  const { judge } = patient(() => mesh)
  const decision = judge(request(), 5000)
  await sleep(100)
  mesh = KNOWN
  expect((await decision).outcome).toBe('mirrored')
})

test('one that stays unknown is denied within half of the time that is left, and judged no more than it must be', async () => {
  const { judge, judged } = patient(() => UNKNOWN)
  const begun = performance.now()
  expect((await judge(request(), 600)).outcome).toBe('denied')
  expect(performance.now() - begun).toBeLessThan(600)
  expect(judged()).toBe(1)
})

test('nothing else waits: what is let through, or has another problem', () => {
  expect(patient(() => KNOWN).judge(request(), 5000)).toMatchObject({ outcome: 'mirrored' })
  const annotations = { 'kubectl-mirror.dev/to': 'v2', 'kubectl-mirror.dev/percent': '150' }
  const invalid = request({ metadata: { name: 'a', namespace: 'ns', annotations } })
  expect(patient(() => UNKNOWN).judge(invalid, 5000)).toMatchObject({ outcome: 'denied' })
})

test('a large review does not wait', () => {
  const { judge } = patient(() => UNKNOWN)
  expect(judge({ ...request(), bytes: 1_000_000 }, 100)).toBeInstanceOf(Promise)
  expect(judge({ ...request(), bytes: 100_000 }, 100)).toMatchObject({ outcome: 'denied' })
})

test('only a few wait at once: the others are answered at once', async () => {
  const { judge } = patient(() => UNKNOWN)
  const answers = Array.from({ length: 10 }, () => judge(request(), 400))
  const waiting = answers.filter((one) => one instanceof Promise)
  expect(waiting.length).toBeLessThanOrEqual(4)
  await Promise.all(waiting)
  expect(judge(request(), 400), 'places are given back').toBeInstanceOf(Promise)
})

interface Told {
  outcome: string
  policy: string
  awaits?: boolean
}

function controlled(told: Told, policy: { version: string }) {
  const stop = new AbortController()
  const events: string[] = []
  const { controller: metrics } = createMetrics()
  let patches = 0
  const annotations = { 'kubectl-mirror.dev/to': 'v2', 'kubectl-mirror.dev/injected': 'a/v2=100' }
  const object = { metadata: { name: 'a', namespace: 'ns', uid: 'u', annotations } }
  const controller = controllerOf(
    async (_, __, { warned } = {}) => {
      patches++
      const { outcome, policy: by, awaits } = told
      const reviewed = `kubectl-mirror reviewed this: ${outcome}, policy ${by}${awaits ? ', awaits target' : ''}`
      warned?.(`299 - "${reviewed}"${outcome === 'kept' ? ', 299 - "too much"' : ''}`)
      return object
    },
    {
      metrics,
      record: (_, reason, message) => void events.push(`${reason}: ${message}`),
      signal: stop.signal,
      policyVersion: () => policy.version
    }
  )
  controller.begin()
  controller.put(object)
  controller.end()
  const refused = async () =>
    (await metrics.refused.get()).values.find(({ labels }) => labels.mirrored === 'true')?.value ?? 0
  return { controller, events, refused, patches: () => patches, stop: () => stop.abort() }
}

// From here on the tests wait for retries: side by side.

const FORBIDDEN = 'MirrorForbidden: Still mirrored, but would be refused now: too much'

test.concurrent('a policy that is tightened has everything reviewed again: who breaks it is counted, and told of once', async () => {
  const told: Told = { outcome: 'mirrored', policy: '1' }
  const policy = { version: '1' }
  const { controller, events, refused, patches, stop } = controlled(told, policy)
  await until('reviewed', () => patches() === 1)
  expect({ refused: await refused(), events }).toEqual({ refused: 0, events: [] })
  Object.assign(told, { outcome: 'kept', policy: '2' })
  policy.version = '2'
  controller.policyChanged()
  await until('counted', async () => (await refused()) === 1, 5000)
  controller.policyChanged()
  await until('reviewed', () => patches() === 3, 5000)
  expect(events).toEqual([FORBIDDEN])
  Object.assign(told, { outcome: 'mirrored', policy: '3' })
  policy.version = '3'
  controller.policyChanged()
  await until('counted', async () => (await refused()) === 0, 5000)
  stop()
}, 20_000)

test.concurrent('a replica that reviews by another policy is asked again: its word does not count', async () => {
  const told: Told = { outcome: 'mirrored', policy: '1' }
  const { refused, patches, stop } = controlled(told, { version: '2' })
  await until('reviewed again', () => patches() > 1, 5000)
  Object.assign(told, { outcome: 'kept', policy: '2' })
  await until('counted', async () => (await refused()) === 1, 5000)
  stop()
  expect(await refused(), 'the next leader counts anew').toBe(0)
}, 20_000)

test.concurrent('what awaits a target is reviewed again when the mesh changes, and nothing else is', async () => {
  const told: Told = { outcome: 'kept', policy: '1' }
  const { controller, refused, patches, stop } = controlled(told, { version: '1' })
  await until('counted', async () => (await refused()) === 1)
  for (let change = 0; change < 100; change++) controller.meshChanged()
  await sleep(4500)
  expect(patches()).toBe(1)
  told.awaits = true
  controller.policyChanged()
  await until('reviewed', () => patches() === 2, 5000)
  Object.assign(told, { outcome: 'mirrored' })
  for (let change = 0; change < 100; change++) controller.meshChanged()
  await until('counted', async () => (await refused()) === 0, 6000)
  expect(patches()).toBe(3)
  stop()
}, 30_000)

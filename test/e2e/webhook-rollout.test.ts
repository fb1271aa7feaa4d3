// Replicas come and go under load: the API server's own metrics are the judge.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import { installWebhook, onlyReplicas } from './install.ts'
import { until } from '../until.ts'
import { kubectl } from './kubectl.ts'
import { times } from './short.ts'
import { FLAWLESS, flawsOf, OBJECTS, startWrites, withoutMirror } from './webhook-writes.ts'

const SPACE = 'webhook-rollout'
const PER_SECOND = times(100, 30)
/** In CI, which shares its machine, only that they are. */
const MIRRORED_WITHIN_S = times(5, 60)
const DEPLOYMENT = ['--namespace=kubectl-mirror', 'deployment/kubectl-mirror']

beforeAll(() => installWebhook())
afterAll(() => kubectl('delete', 'namespace', SPACE, '--wait=false'))

test(`a rolling restart of all replicas under ${PER_SECOND} writes a second fails no admission call`, async () => {
  const writes = await startWrites(SPACE, PER_SECOND)
  await sleep(3000)
  await kubectl('rollout', 'restart', ...DEPLOYMENT)
  await kubectl('rollout', 'status', '--timeout=3m', ...DEPLOYMENT)
  await onlyReplicas(2)
  const written = await writes.stop()
  const { count, perSecond, latencies } = written
  const p99 = latencies[Math.floor(latencies.length * 0.99)] ?? 0
  console.log(
    `${count} writes, ${perSecond.toFixed(0)} a second, p50 ${latencies[count >> 1]?.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`
  )
  expect(flawsOf(written)).toEqual(FLAWLESS)
  // What two cores that carry the whole cluster cannot take is not heaped up: then there are always twenty under way.
  expect(perSecond, 'writes a second, really').toBeGreaterThanOrEqual(times(0.7, 0.1) * PER_SECOND)
})

test(`with all replicas down writes continue, and what was annotated meanwhile is mirrored within ${MIRRORED_WITHIN_S} s of their return`, async () => {
  await kubectl('scale', '--replicas=0', ...DEPLOYMENT)
  await onlyReplicas(0)
  await kubectl('annotate', '--namespace', SPACE, 'virtualservices', '--all', '--overwrite', 'kubectl-mirror.dev/to=v3')
  const bare = [{ op: 'replace', path: '/spec/http', value: [{ route: [{ destination: { host: 'x' } }] }] }]
  await kubectl('patch', 'virtualservice', 'written-0', '--namespace', SPACE, '--type=json', '-p', JSON.stringify(bare))
  expect(await withoutMirror(SPACE)).toEqual(['written-0'])
  await sleep(times(30_000, 5000))
  await kubectl('scale', '--replicas=2', ...DEPLOYMENT)
  await kubectl(
    'wait',
    '--namespace=kubectl-mirror',
    '--for=condition=Available',
    'deployment/kubectl-mirror',
    '--timeout=2m'
  )
  const returned = Date.now()
  const mirrorsTo = async () =>
    (
      await kubectl(
        'get',
        'virtualservices',
        '--namespace',
        SPACE,
        '--output=jsonpath={.items[*].spec.http[0].mirror.subset}'
      )
    ).trim()
  const all = Array.from({ length: OBJECTS }, () => 'v3').join(' ')
  await until('all are mirrored', async () => (await mirrorsTo()) === all, MIRRORED_WITHIN_S * 1000)
  console.log(`all mirrored ${((Date.now() - returned) / 1000).toFixed(1)} s after the return`)
})

import { expect, test } from 'vitest'
import type { HttpRule } from '../../../../mirror/virtual-service.ts'
import type { Cluster } from '../../../../plugin/client/client.ts'
import { ApiError } from '../../../../plugin/io/errors.ts'
import { findComparison } from '../../../../plugin/compare/find-subject.ts'

/** A cluster of Services `shop` and `shadow`, each with subsets v1 and v2, and one VirtualService. */
function clusterOf(http: readonly HttpRule[]): Cluster {
  const metadata = { name: 'shop', namespace: 'prod', uid: 'u', resourceVersion: '1' }
  const services = ['shop', 'shadow'].map((name) => ({
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 80 }, { port: 8080 }] }
  }))
  const subsets = ['kubectl-mirror-v2', 'v1', 'v2'].map((name) => ({ name, labels: { version: name.slice(-2) } }))
  const rules = ['shop', 'shadow'].map((host) => ({
    metadata: { name: host, namespace: 'prod' },
    spec: { host, subsets }
  }))
  const stub = {
    namespace: 'prod',
    contextName: 'test',
    command: (words: string) => `kubectl ${words}`,
    request: async (_: string, path: string) => {
      if (path.includes('/httproutes')) throw new ApiError(404, {})
      return { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata, spec: { hosts: ['shop'], http } }
    },
    async *list(path: string) {
      yield {
        items: path.endsWith('/services') ? services : path.endsWith('/destinationrules') ? rules : [],
        resourceVersion: '1'
      }
    }
  }
  // Nothing else is asked of it.
  return stub as unknown as Cluster
}

const port = { number: 80 }
const route = [{ destination: { host: 'shop', subset: 'v1', port } }]
const to = (host: string, number = 80, percent = 100) => ({
  destination: { host, subset: 'v2', port: { number } },
  percentage: { value: percent }
})

async function subject(http: readonly HttpRule[], asked?: string) {
  const { subject: found } = await findComparison(clusterOf(http), 'shop', asked)
  return found
}

const TWINS = [{ route, mirrors: [to('shop'), to('shadow', 80, 5)] }]

test('tells mirrors of one subset apart by names that --to takes', async () => {
  const names = 'shop:80/v2, shadow:80/v2'
  await expect(subject(TWINS)).rejects.toThrow(`shop is mirrored to ${names}; choose one, for example --to shop:80/v2`)
  await expect(subject(TWINS, 'v2')).rejects.toThrow(`shop is mirrored to ${names}; choose one`)
  await expect(subject(TWINS, 'v3')).rejects.toThrow(`shop has no mirror "v3"; use one of ${names}`)
  expect(await subject(TWINS, 'shadow:80/v2')).toMatchObject({ mirror: 'shadow:80/v2', percent: 5 })
  expect(await subject(TWINS, 'shadow.prod.svc.cluster.local/v2')).toMatchObject({ mirror: 'shadow:80/v2' })
})

test('suggests a subset that is there, where nothing is mirrored', async () => {
  await expect(subject([{ route }])).rejects.toThrow(
    'shop mirrors nothing now; kubectl mirror enable shop --to v2 -n prod starts it'
  )
  const both = [{ destination: { host: 'shop', subset: 'v2', port } }, ...route]
  await expect(subject([{ route: both }])).rejects.toThrow('shop mirrors nothing now; there is no other subset')
})

test('knows a mirror with a limit as one to its version, and suggests no subset that limits one', async () => {
  const limited = { host: 'shop', subset: 'kubectl-mirror-v2', port }
  expect(await subject([{ route, mirror: limited }])).toMatchObject({ live: ['v1'], mirror: 'v2', limit: 'unknown' })
  const split = [...route, { destination: { host: 'shop', subset: 'v2', port }, weight: 10 }]
  const [first, second] = [{ ...split[0]!, weight: 90 }, split[1]!]
  expect(await subject([{ route: [first, second], mirror: limited }])).toMatchObject({ mirrorServesLive: true })
  await expect(subject([{ route: second === undefined ? [] : [second] }])).rejects.toThrow('--to v1 ')
})

test('tells two ports of one host apart', async () => {
  const ports = [{ route, mirrors: [to('shop'), to('shop', 8080)] }]
  expect(await subject(ports, 'shop:8080/v2')).toMatchObject({ mirror: 'shop:8080/v2' })
})

test('refuses versions that have pods in common: whose record one is would be left to chance', async () => {
  const whole = [{ route: [{ destination: { host: 'shop', port } }], mirrors: [to('shop')] }]
  await expect(subject(whole)).rejects.toThrow('v2 (app=shop,version=v2) and the live shop (app=shop) share pods')
  expect(await subject([{ route: whole[0]!.route, mirrors: [to('shadow')] }])).toMatchObject({ mirror: 'v2' })
})

test('takes two spellings of one host for one mirror, and its largest share for the whole', async () => {
  const spelled = [
    { match: [{ uri: { prefix: '/a' } }], route, mirrors: [to('shop', 80, 5)] },
    { route, mirrors: [to('shop.prod.svc.cluster.local')] }
  ]
  expect(await subject(spelled)).toMatchObject({ live: ['v1'], mirror: 'v2', percent: 100 })
  const { expectation } = await findComparison(clusterOf(spelled), 'shop', undefined)
  expect([expectation({ method: 'GET', path: '/a' }), expectation({ method: 'GET', path: '/b' })]).toEqual([0.05, 1])
})

// What `helm test` makes of the API server's answers.
import { expect, test } from 'vitest'
import { rulesOf } from '../../../../mirror/kind-of.ts'
import type { RouteObject } from '../../../../mirror/route-kind.ts'
import type { VirtualService } from '../../../../mirror/virtual-service.ts'
import { ApiError, type Cluster } from '../../../../webhook/kubernetes/client.ts'
import { readConfig } from '../../../../webhook/config.ts'
import { selfTest } from '../../../../webhook/controller/self-test.ts'

/** Gives one answer after the other, and remembers what it was sent. */
function clusterAnswering(...answers: ((sent: VirtualService) => unknown)[]): Cluster & { sent: VirtualService[] } {
  const sent: VirtualService[] = []
  return {
    sent,
    async send(_method, _path, { body } = {}) {
      sent.push(body as VirtualService) // what is under test sends nothing else
      return answers[sent.length - 1]!(sent.at(-1)!)
    },
    open: () => Promise.reject(new Error('not asked for')),
    close: () => undefined
  }
}

function mirrored(object: VirtualService): VirtualService {
  const [rule] = object.spec?.http ?? []
  return { ...object, spec: { http: [{ ...rule, mirror: { host: 'kubectl-mirror-test', subset: 'v2' } }] } }
}

function fails(status: number, message: string): () => never {
  return () => {
    throw new ApiError(status, message)
  }
}

test('is well when a mirror comes back, with the labels that the webhook is called for', async () => {
  const cluster = clusterAnswering(mirrored)
  expect(await selfTest(cluster, 'default', { mirroring: 'allowed' })).toMatchObject({ ok: true })
  expect(cluster.sent[0]?.metadata).toMatchObject({ labels: { mirroring: 'allowed' } })
})

test('a guardrail that denies the test proves that the webhook was reached', async () => {
  const denial =
    'admission webhook "mirror.kubectl-mirror.dev" denied the request: 100 % is more than policy.maxPercent'
  const { ok, text } = await selfTest(clusterAnswering(fails(400, denial)), 'default', {})
  expect([ok, text]).toEqual([true, expect.stringMatching(/^ok: .*policy\.maxPercent$/)])
})

test('a call that failed is no denial: it is tried again', async () => {
  const failed = 'failed calling webhook "mirror.kubectl-mirror.dev": connection refused'
  const cluster = clusterAnswering(fails(500, failed), mirrored)
  expect(await selfTest(cluster, 'default', {})).toMatchObject({ ok: true })
  expect(cluster.sent).toHaveLength(2)
})

test('where there are no VirtualServices an HTTPRoute is tried', async () => {
  const route = (sent: RouteObject): RouteObject => {
    const [rule] = rulesOf(sent)
    const backendRef = { name: 'kubernetes', namespace: 'default', port: 443 }
    const rules = [{ ...rule, filters: [{ type: 'RequestMirror', requestMirror: { backendRef } }] }]
    return { ...sent, spec: { ...sent.spec, rules } }
  }
  const cluster = clusterAnswering(fails(404, '404 page not found'), route)
  expect(await selfTest(cluster, 'default', { mirroring: 'allowed' })).toEqual({
    ok: true,
    text: 'ok: an annotated HTTPRoute comes back mirrored (server dry-run)'
  })
  expect(cluster.sent[1]).toMatchObject({ kind: 'HTTPRoute', metadata: { labels: { mirroring: 'allowed' } } })
})

test('takes labels as kubectl does', () => {
  const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', HOSTNAME: 'test' }
  const config = readConfig(['test', '--labels=example.com/mirroring=allowed,empty=,'], env, () => 'default')
  expect(config).toMatchObject({ labels: { 'example.com/mirroring': 'allowed', empty: '' } })
})

// Why a pod is not ready, in words, from statuses as kubelets and schedulers write them.
import { expect, test } from 'vitest'
import type { Pod } from '../../../../plugin/resources/pods.ts'
import { describeUnready, whyUnready } from '../../../../plugin/resources/unready.ts'

function podOf(status: Pod['status'], more: { deletionTimestamp?: string; sidecar?: string } = {}): Pod {
  const { sidecar, ...metadata } = more
  return {
    metadata: { name: 'web-1', namespace: 'shop', uid: 'u', resourceVersion: '1', ...metadata },
    spec: { initContainers: sidecar ? [{ name: sidecar, restartPolicy: 'Always' }] : [] },
    ...(status && { status })
  }
}

const waits = (name: string, reason?: string) => ({ name, state: { waiting: reason ? { reason } : {} } })
const ran = (name: string, exitCode: number, reason: string) => ({ name, state: { terminated: { exitCode, reason } } })
const runs = (name: string, ready: boolean) => ({ name, ready, state: { running: {} } })
const unready = { type: 'Ready', status: 'False', message: 'containers with unready status: [app]' }

test.for<[expected: string, pod: Pod]>([
  ['no kubelet has started it yet', podOf(undefined)],
  ['no kubelet has started it yet', podOf({ phase: 'Pending' })],
  ['no kubelet has started it yet', podOf(JSON.parse('{"conditions":null,"containerStatuses":null}'))],
  ['is being deleted', podOf({ conditions: [unready] }, { deletionTimestamp: '2027-01-01T00:00:00Z' })],
  ['has ended (Evicted)', podOf({ phase: 'Failed', reason: 'Evicted' })],
  ['has ended (Succeeded)', podOf({ phase: 'Succeeded' })],
  [
    'is not scheduled: 0/3 nodes are available: 3 Insufficient cpu.',
    podOf({
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/3 nodes are available: 3 Insufficient cpu.'
        }
      ]
    })
  ],
  [
    'container app waits: CrashLoopBackOff',
    podOf({ conditions: [unready], containerStatuses: [runs('istio-proxy', true), waits('app', 'CrashLoopBackOff')] })
  ],
  ['container app waits', podOf({ containerStatuses: [waits('app')] })],
  ['container app has ended: OOMKilled', podOf({ containerStatuses: [ran('app', 137, 'OOMKilled')] })],
  ['container app runs, but is not ready', podOf({ containerStatuses: [runs('app', false)] })],
  [
    'container setup has ended: Error',
    podOf({ initContainerStatuses: [ran('setup', 1, 'Error')], containerStatuses: [waits('app', 'PodInitializing')] })
  ],
  [
    'init container setup still runs',
    podOf({ initContainerStatuses: [runs('setup', false)], containerStatuses: [waits('app', 'PodInitializing')] })
  ],
  [
    'container app waits: ErrImagePull',
    podOf(
      {
        initContainerStatuses: [ran('setup', 0, 'Completed'), runs('istio-proxy', true)],
        containerStatuses: [waits('app', 'ErrImagePull')]
      },
      { sidecar: 'istio-proxy' }
    )
  ],
  ['containers with unready status: [app]', podOf({ conditions: [unready] })]
])('%s', ([expected, pod]) => {
  expect(whyUnready(pod)).toBe(expected)
})

test('many are cut, and the ready ones left out', () => {
  const ready = podOf({ conditions: [{ type: 'Ready', status: 'True' }] })
  const pods = [ready, ...Array.from({ length: 900 }, () => podOf({}))]
  expect(describeUnready(pods)).toMatch(/^(pod web-1: no kubelet has started it yet(; )?){5} and 895 more$/)
})

// What the cluster around the webhook is made to suffer from. Each act resolves when its fault is over.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { until } from '../../until.ts'
import { restartApiServer } from '../api-server.ts'
import { image, installWebhook, uninstallWebhook } from '../install.ts'
import { helm, kubectl } from '../kubectl.ts'
import { CHART } from '../release.ts'
import { times } from '../short.ts'
import type { Row } from './checker.ts'
import { onNode, signalDaemon, type Process } from './node.ts'
import type { Objects } from './objects.ts'
import { ADMISSION_PORT, replicas, TIMEOUT } from './webhook.ts'

/** No reset: the packets are lost. */
export async function swallowCalls({ annotate }: Objects): Promise<void> {
  const drop =
    (change: string) =>
    async ({ address }: Process) => {
      const rule = ['--protocol', 'tcp', '--destination', address, '--dport', ADMISSION_PORT, '--jump', 'DROP']
      await onNode('iptables', '--wait', change, 'OUTPUT', ...rule)
    }
  const all = await replicas()
  await Promise.all(all.map(drop('--insert')))
  try {
    await Promise.all([annotate(), sleep(times(60_000, 8000))])
  } finally {
    await Promise.all(all.map(drop('--delete')))
  }
}

/** Milliseconds, beside what the machine does to any write; in CI, which shares it, more. */
const SLACK = times(1000, 5000)

export function delaysAnnotatedAlone({ annotated, plain }: Row): void {
  expect.soft(annotated.unmirrored, 'writes that the webhook did not see').toBeGreaterThan(0)
  expect.soft(annotated.longest - plain.longest, 'ms that annotated writes waited').toBeLessThan(TIMEOUT + SLACK)
  expect.soft(plain.p99, 'ms of p99 of other writes').toBeLessThan(annotated.p99)
}

/** The kernel resets every connection between a replica and the API server, at both ends. */
export async function cutWatches({ annotate }: Objects): Promise<void> {
  const all = await replicas()
  const end = Date.now() + 60_000
  let cut = 0
  const cutting = (async () => {
    while (Date.now() < end) {
      for (const { address } of all) {
        const killed = await onNode('ss', '--kill', '--no-header', '--tcp', 'dst', address, 'sport', '=', ':6443')
        cut += killed.split('\n').length - 1
      }
      await sleep(1000)
    }
  })()
  await Promise.all([cutting, sleep(30_000).then(() => annotate())])
  if (cut < 60) throw new Error(`only ${cut} connections were cut`)
}

export const restart =
  (signal: 'SIGKILL' | 'SIGTERM') =>
  async ({ annotate }: Objects): Promise<void> => {
    await restartApiServer(signal, 5000)
    await apiServerReady()
    await annotate()
  }

export async function pauseEtcd({ annotate }: Objects): Promise<void> {
  signalDaemon('etcd', 'SIGSTOP')
  await sleep(10_000)
  signalDaemon('etcd', 'SIGCONT')
  await apiServerReady()
  await annotate()
}

function apiServerReady(): Promise<void> {
  const ready = async () => (await kubectl('get', '--raw', '/readyz')) === 'ok'
  return until('the API server is ready', ready, 90_000)
}

const ISTIOD = ['deployment/istiod', '--namespace', 'istio-system']

export async function removeIstiod({ annotate }: Objects): Promise<void> {
  await kubectl('scale', '--replicas=0', ...ISTIOD)
  await kubectl('wait', '--for=delete', 'pod', '--selector=app=istiod', '--namespace=istio-system', '--timeout=60s')
  await Promise.all([annotate(), sleep(20_000)])
  await kubectl('scale', '--replicas=1', ...ISTIOD)
  await kubectl('rollout', 'status', ...ISTIOD, '--timeout=2m')
  await annotate()
}

/** Objects are annotated all the while, until the moment that helm calls it ready. */
export async function installAnew({ annotate }: Objects): Promise<void> {
  await uninstallWebhook()
  await annotate()
  const installed = new AbortController()
  const annotating = (async () => {
    while (!installed.signal.aborted) {
      await annotate({ count: 1 })
      await sleep(200)
    }
  })()
  await installWebhook().finally(() => installed.abort())
  await annotating
}

/** By another team, in another namespace; it goes again. */
export async function installTwice({ annotate }: Objects): Promise<void> {
  const place = ['--namespace', 'other-mirror']
  await helm('install', 'other', CHART, ...place, '--create-namespace', ...image(), '--wait', '--timeout', '2m')
  await Promise.all([annotate(), sleep(10_000)])
  await helm('uninstall', 'other', ...place, '--wait')
  await kubectl('delete', 'namespace', 'other-mirror', '--wait=false')
  await annotate()
}

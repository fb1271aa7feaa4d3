// What the replicas are made to suffer from. Each act resolves when its fault is over.
import { setTimeout as sleep } from 'node:timers/promises'
import { kubectl, runKubectl, startKubectl } from '../kubectl.ts'
import { PLACE } from '../release.ts'
import { times } from '../short.ts'
import { until } from '../../until.ts'
import type { Objects } from './objects.ts'
import { leader, ready, replicas, scale } from './webhook.ts'

/** A crash loop grows longer: each time the kubelet waits longer before it starts the container again. */
export async function killReplicas({ annotate }: Objects): Promise<void> {
  for (let n = 0; n < times(4, 1); n++) {
    const all = await replicas()
    process.kill(all[n % all.length]!.pid, 'SIGKILL')
    await annotate()
    await ready()
  }
}

export async function removeAll({ annotate }: Objects): Promise<void> {
  await scale(0)
  await Promise.all([annotate(), sleep(60_000)])
  await scale(2)
}

export async function killHealingLeader({ annotate, unsettled }: Objects): Promise<void> {
  await scale(0)
  await annotate({ count: 1000 })
  await scale(2)
  await until('a part is healed', async () => (await unsettled()).length < 800, 60_000)
  process.kill((await leader()).pid, 'SIGKILL')
  await ready()
}

/** The node dies: nobody gives the Lease back. */
export async function loseLeader({ annotate }: Objects): Promise<void> {
  const { pod } = await leader()
  await kubectl('delete', 'pod', pod, ...PLACE, '--force', '--grace-period=0')
  await annotate()
  await ready()
}

export async function outliveEnd({ annotate }: Objects): Promise<void> {
  await annotate({ until: new Date(Date.now() + 20_000) })
  await scale(0)
  await annotate({ until: new Date(Date.now() + 10_000) })
  await sleep(25_000)
  await scale(2)
}

/** Half of the limit is more than is free. The kernel then kills a process in the container: this one, or the webhook. */
const ALLOCATE = `const all = []; setInterval(() => all.push(Buffer.alloc(4 << 20, 1)), 20)`

const KILLED = 128 + 9

export async function exhaustMemory({ annotate }: Objects): Promise<void> {
  const end = Date.now() + 20_000
  let killed = 0
  const press = async (pod: string): Promise<void> => {
    while (Date.now() < end) {
      const exec = ['exec', pod, ...PLACE, '--', 'node', '--max-old-space-size=64', '-e', ALLOCATE]
      const { process: child, ended } = startKubectl(exec)
      const late = setTimeout(() => child.kill(), end - Date.now())
      if ((await ended).code === KILLED) killed++
      clearTimeout(late)
      await sleep(200)
    }
  }
  const all = await replicas()
  await Promise.all([annotate(), ...all.map(({ pod }) => press(pod))])
  await ready()
  if (killed === 0) throw new Error('the kernel killed nothing: no memory was at its limit')
}

interface Deployment {
  readonly metadata: object
  readonly spec: { readonly selector: { matchLabels: object }; readonly template: Template }
}

interface Template {
  readonly metadata: { readonly labels: object }
  readonly spec: { readonly containers: readonly object[] }
}

/** Another replica whose Date is an hour ahead, at first alone, so that it leads and issues a certificate, then beside another. */
export async function setClockWrong({ annotate }: Objects): Promise<void> {
  const wrong = 'kubectl-mirror-wrong-clock'
  const preload = `const Real = Date; const now = () => Real.now() + 3600000
globalThis.Date = class extends Real { constructor(...given) { super(...(given.length > 0 ? given : [now()])) } static now() { return now() } }`
  const options = `--import=data:text/javascript,${encodeURIComponent(preload)}`
  const found = JSON.parse(await kubectl('get', 'deployment/kubectl-mirror', ...PLACE, '-o', 'json')) as Deployment
  const labels = { 'wrong-clock': 'true' }
  const { selector, template } = found.spec
  const [container, ...others] = template.spec.containers
  const copy = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: wrong },
    spec: {
      replicas: 1,
      selector: { matchLabels: { ...selector.matchLabels, ...labels } },
      template: {
        metadata: { ...template.metadata, labels: { ...template.metadata.labels, ...labels } },
        spec: {
          ...template.spec,
          containers: [{ ...container, env: [{ name: 'NODE_OPTIONS', value: options }] }, ...others]
        }
      }
    }
  }
  await scale(0)
  try {
    await runKubectl(['apply', ...PLACE, '-f', '-'], { input: JSON.stringify(copy) })
    await kubectl('rollout', 'status', `deployment/${wrong}`, ...PLACE, '--timeout=2m')
    const log = await kubectl('logs', `deployment/${wrong}`, ...PLACE)
    if (!log.includes('clock is behind')) throw new Error(`its clock is not wrong: ${log}`)
    await kubectl('delete', 'secret', 'kubectl-mirror-certificate', ...PLACE)
    await annotate({ until: new Date(Date.now() + 1_800_000) })
    await annotate({ until: new Date(Date.now() + 5000) })
    await sleep(10_000)
  } finally {
    await kubectl('delete', 'deployment', wrong, ...PLACE, '--ignore-not-found')
    await scale(2)
  }
}

// Watches the webhook's replicas as the kubelet and Prometheus do: restarts, readiness, memory. Sends nothing else.
import { setTimeout as sleep } from 'node:timers/promises'
import { kubectl } from './kubectl.ts'
import { PLACE } from './release.ts'
import type { Send } from './api-requests.ts'

const EVERY_MS = 500
const PODS = '/api/v1/namespaces/kubectl-mirror/pods'

export interface Replicas {
  readonly restarts: number
  /** Each answer of /readyz that was no 200. */
  readonly unready: readonly string[]
  /** The most memory that any replica ever had resident, by the kernel's own account. */
  readonly peakBytes: number
}

export async function watchReplicas(send: Send): Promise<{ stop(): Promise<Replicas> }> {
  const names = await podNames()
  const unready: string[] = []
  const stopping = new AbortController()
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      for (const name of names) {
        const { status, body } = await send('GET', `${PODS}/${name}:8080/proxy/readyz`)
        if (status !== 200) unready.push(`${new Date().toISOString()} ${name} ${status} ${body}`)
      }
      await sleep(EVERY_MS)
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await watching
      const restarts = await kubectl(
        'get',
        'pods',
        ...PLACE,
        '-o',
        'jsonpath={.items[*].status.containerStatuses[*].restartCount}'
      )
      const peaks = await Promise.all(names.map(peakOf))
      return {
        restarts: restarts.split(' ').reduce((sum, count) => sum + Number(count), 0),
        unready,
        peakBytes: Math.max(...peaks)
      }
    }
  }
}

async function podNames(): Promise<string[]> {
  return (await kubectl('get', 'pods', ...PLACE, '-o', 'jsonpath={.items[*].metadata.name}')).split(' ')
}

/** VmHWM of the pod's first process. */
async function peakOf(name: string): Promise<number> {
  const script = "console.log(require('node:fs').readFileSync('/proc/1/status', 'utf8'))"
  const status = await kubectl('exec', name, ...PLACE, '--', 'node', '-e', script)
  return Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1]) * 1024
}

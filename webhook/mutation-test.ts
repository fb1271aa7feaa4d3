// Proves on a live cluster that an annotated VirtualService comes back mirrored. A server dry-run: nothing is stored.
import { setTimeout as sleep } from 'node:timers/promises'
import type { VirtualService } from '../mirror/virtual-service.ts'
import type { Cluster } from './cluster.ts'

const HOST = 'kubectl-mirror-test'
const ATTEMPTS = 30

/** Undefined when it holds, else what was found. It may take a moment after an install for the API server to know us. */
export async function testMutation(cluster: Cluster, namespace: string): Promise<string | undefined> {
  const path = `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices?dryRun=All`
  let found = ''
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const stored = (await cluster.send('POST', path, { body: annotated() })) as VirtualService
    const [rule] = stored.spec?.http ?? []
    if (rule?.mirror?.host === HOST && rule.mirror.subset === 'v2') return undefined
    found = JSON.stringify(stored.spec?.http)
    await sleep(1000)
  }
  return `the API server stored it without a mirror: ${found}`
}

function annotated(): VirtualService {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { generateName: `${HOST}-`, annotations: { 'kubectl-mirror.dev/to': 'v2' } },
    spec: { hosts: [HOST], http: [{ route: [{ destination: { host: HOST, subset: 'v1' } }] }] }
  }
}

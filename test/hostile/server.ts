// The webhook's server in a process of its own, without a cluster: a certificate, guardrails and a mesh that are made up. Started by
// process.ts, which asks it over IPC what it has cost so far.
import { issue } from '../../webhook/certificates/certificates.ts'
import { createLog } from '../../webhook/kubernetes/log.ts'
import { createMetrics } from '../../webhook/kubernetes/metrics.ts'
import { review } from '../../webhook/admission/review.ts'
import { createServer, listen } from '../../webhook/admission/server.ts'

/** What the process has used since it began. */
export interface Usage {
  /** Milliseconds of processor time, of all its threads. */
  readonly cpu: number
  /** Bytes. */
  readonly resident: number
}

export interface Listening {
  readonly port: number
  readonly authority: string
}

const metrics = createMetrics()
const mesh = {
  ports: (host: string) => (host.startsWith('web') ? [80, 8080] : undefined),
  subsets: () => ['v1', 'v2', 'v3']
}
const gateways = {
  implementation: () => ({ controllerName: 'istio.io/gateway-controller', features: [] }),
  granted: () => false,
  keepsPercent: () => true
}
const policies = {
  allowedTargetNamespaces: ['.', 'prod'],
  allowedTargetHosts: ['*.shadow.svc.cluster.local'],
  maxPercent: 100
}

const server = createServer({
  review: (request) => review(request, { now: new Date(), policies, mesh, gateways, limits: true }),
  metrics: metrics.admission,
  registry: metrics.registry,
  log: createLog('info'),
  concurrency: 64,
  unready: () => undefined
})
const { authority, ...pair } = await issue(['localhost'], 3_600_000, new Date())
server.use(pair)
const port = await listen(server.https, 0)
process.on('message', () => process.send?.(usage()))
process.on('disconnect', () => process.exit())
process.send?.({ port, authority } satisfies Listening)

function usage(): Usage {
  const { user, system } = process.cpuUsage()
  return { cpu: (user + system) / 1000, resident: process.memoryUsage.rss() }
}

// Puts the webhook together: admission, and the watches that inform it. What only one replica does is leader.ts.
import type { Logger } from 'pino'
import { unreadMesh } from '../mirror/check-targets.ts'
import { dependsOnMesh } from '../mirror/policy.ts'
import { connect } from './cluster.ts'
import type { Config } from './config.ts'
import { createFeeds } from './feeds.ts'
import { createLeader } from './leader.ts'
import { holdLease } from './lease.ts'
import { createMesh } from './mesh.ts'
import { createMetrics } from './metrics.ts'
import { sourceOfOne } from './one-object.ts'
import { createPolicyFeed } from './policy-feed.ts'
import { review } from './review.ts'
import { createServer, listen } from './server.ts'
import { createServingCertificate } from './serving-certificate.ts'

export interface Webhook {
  readonly port: number
  readonly operationsPort: number
  /** Resolves when the last answer is given and the Lease is free. */
  stop(): Promise<void>
}

const UNREAD = unreadMesh('the webhook has not read the mesh yet')

export async function serve(config: Config, log: Logger): Promise<Webhook> {
  const { dnsNames, namespace, identity, concurrency, clusterDomain, serviceAccountFolder } = config
  const cluster = connect({ ...config.apiServer, serviceAccountFolder })
  const metrics = createMetrics(() => feeds.silences())
  const feeds = createFeeds({ cluster, metrics: metrics.watch, log })
  const mesh = createMesh(clusterDomain, () => leader.meshChanged())
  const leader = createLeader({ cluster, config, log, metrics, mesh, feeds })
  const policy = createPolicyFeed({
    configMap: config.policy,
    rejected: metrics.policyRejected,
    log,
    changed: () => announceReady()
  })
  const certificate = createServingCertificate({
    secret: config.secret,
    dnsNames,
    metrics: metrics.certificate,
    log,
    use(pair) {
      server.use(pair)
      announceReady()
    },
    changed: () => leader.secretChanged()
  })
  const server = createServer({
    review(request) {
      const policies = policy.policies()
      if (!policies) throw new Error(policy.missing())
      return review(request, { now: new Date(), policies, clusterDomain, mesh: mesh.synced() ? mesh : UNREAD })
    },
    metrics: metrics.admission,
    registry: metrics.registry,
    log,
    concurrency,
    unready() {
      announceReady()
      return unready()
    }
  })
  const unready = (): string | undefined => {
    const policies = policy.policies()
    if (!policies) return policy.missing()
    // Or a guardrail would be open until the last watch has its list.
    if (dependsOnMesh(policies) && !mesh.synced()) return 'the policy asks for known targets, which are not known yet'
    return certificate.missing()
  }
  let announced = false
  const announceReady = (): void => {
    if (announced || unready() !== undefined) return
    announced = true
    log.info({ milliseconds: Math.round(performance.now()) }, 'ready')
  }
  const operationsPort = await listen(server.operations, config.operationsPort)
  const port = await listen(server.https, config.port)

  const stopping = new AbortController()
  const { signal } = stopping
  const informing = [
    { source: sourceOfOne(namespace, 'secrets', config.secret), sink: certificate.sink },
    { source: sourceOfOne(namespace, 'configmaps', config.policy), sink: policy.sink },
    ...mesh.collections
  ]
  feeds.start(informing, signal)
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${config.lease}`
  const failed = (error: unknown): void => log.warn({ err: error }, 'leader election failed; trying again')
  const electing = holdLease({ path, identity, signal, failed }, cluster, leader.lead)
  return {
    port,
    operationsPort,
    async stop() {
      stopping.abort()
      await Promise.all([server.drain(config.drainMs), electing])
      cluster.close()
    }
  }
}

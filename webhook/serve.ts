// Assembles the webhook: admission, and the watches that inform it. What only one replica does is in leader.ts.
import type { Logger } from 'pino'
import { unreadGateways } from '../mirror/check-route.ts'
import { unreadMesh } from '../mirror/check-targets.ts'
import { dependsOnMesh } from '../mirror/policy.ts'
import { connect } from './kubernetes/client.ts'
import { createClock } from './kubernetes/clock.ts'
import type { Config } from './config.ts'
import { createWatches, pendingOf, sourceOfOne } from './kubernetes/watches.ts'
import { createLeader } from './controller/leader.ts'
import { holdLease } from './kubernetes/lease.ts'
import { createGateways } from './admission/gateways.ts'
import { createMesh } from './admission/mesh.ts'
import { createMetrics } from './kubernetes/metrics.ts'
import { createPatientReview } from './admission/patient-review.ts'
import { createCurrentPolicy } from './admission/current-policy.ts'
import { review as decide } from './admission/review.ts'
import { createServer, listen } from './admission/server.ts'
import { createServingCertificate } from './certificates/serving-certificate.ts'

export interface Webhook {
  readonly port: number
  readonly operationsPort: number
  /** Resolves when the last response is sent and the Lease is free. */
  stop(): Promise<void>
}

export async function serve(config: Config, log: Logger): Promise<Webhook> {
  const { dnsNames, namespace, identity, concurrency, clusterDomain, serviceAccountFolder } = config
  const { now, observe } = createClock((behindMs) => {
    const seconds = Math.round(behindMs / 1000)
    log.warn({ seconds }, "this node's clock is behind the API server's by so many seconds; theirs is used")
  })
  const cluster = connect({ ...config.apiServer, serviceAccountFolder, observe })
  const metrics = createMetrics(() => watches.silences())
  let knowledge = 0
  const meshChanged = (): void => {
    knowledge++
    leader.meshChanged()
  }
  const objectFailed = (resource: string, key: string, error: unknown): void => {
    metrics.watch.objects.inc({ resource })
    log.error({ resource, object: key, err: error }, 'object failed; the others are not affected')
  }
  const watches = createWatches({ cluster, metrics: metrics.watch, log, recovered: meshChanged })
  const mesh = createMesh(clusterDomain, { changed: meshChanged, failed: objectFailed })
  const gateways = createGateways({
    changed() {
      knowledge++
      leader.gatewaysChanged()
    },
    failed: objectFailed
  })
  const policy = createCurrentPolicy({
    configMap: config.policy,
    metrics: metrics.policy,
    log,
    changed() {
      announceReady()
      leader.policyChanged()
    }
  })
  const meshCurrent = (): boolean => mesh.unread(watches.problems()) === undefined
  const leader = createLeader({
    cluster,
    now,
    config,
    log,
    metrics,
    mesh,
    gateways,
    meshCurrent,
    watches,
    policy,
    objectFailed
  })
  const certificate = createServingCertificate({
    secret: config.secret,
    dnsNames,
    now,
    metrics: metrics.certificate,
    log,
    use(pair) {
      server.use(pair)
      announceReady()
    },
    changed: () => leader.secretChanged()
  })
  const review = createPatientReview({
    review(request) {
      const policies = policy.policies()
      if (!policies) throw new Error(policy.problem()?.message)
      const unread = mesh.unread(watches.problems())
      const known = unread === undefined ? mesh : unreadMesh(`the webhook cannot read ${unread}`)
      const unreadKinds = gateways.unread(watches.problems())
      const kinds = unreadKinds === undefined ? gateways : unreadGateways(`the webhook cannot read ${unreadKinds}`)
      const around = { policies, clusterDomain, mesh: known, gateways: kinds, limits: config.limits }
      const decision = decide(request, { now: now(), ...around })
      return { ...decision, policy: policy.version() }
    },
    knowledge: () => knowledge
  })
  const server = createServer({
    review,
    metrics: metrics.admission,
    registry: metrics.registry,
    log,
    concurrency,
    unready() {
      announceReady()
      return unready()
    },
    warning: () => policy.problem()?.message
  })
  const unready = (): string | undefined => {
    const policies = policy.policies()
    if (!policies) return withReason(policy.problem()?.message, 'configmaps')
    // Otherwise the guardrail would deny everything until the last watch has its list.
    if (dependsOnMesh(policies) && !mesh.synced()) {
      return `policy.requireKnownTarget needs the mesh: ${mesh.unread(watches.problems())}`
    }
    // Otherwise it would deny each mirror of an HTTPRoute until the last watch has its list.
    const pending = pendingOf(
      [...gateways.collections, ...(gateways.installed() ? mesh.collections : [])],
      watches.problems()
    )
    return withReason(certificate.missing(), 'secrets') ?? (pending && `${pending}: not read yet`)
  }
  /** Adds the error if the resource could not be read, such as a missing right. */
  const withReason = (problem: string | undefined, resource: string): string | undefined => {
    const reason = problem && watches.problems().get(resource)
    return reason ? `${problem} (${reason})` : problem
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
    ...mesh.collections,
    ...gateways.collections
  ]
  watches.start(informing, signal)
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

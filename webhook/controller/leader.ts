// What the replica with the Lease does for all: runs the controller, rotates certificates, removes leftovers of the plugin. Admits
// nothing.
import type { Logger } from 'pino'
import type { KnownGateways } from '../../mirror/check-route.ts'
import { policyIn } from '../../mirror/policy.ts'
import type { Cluster } from '../kubernetes/client.ts'
import type { Mesh } from '../admission/mesh.ts'
import { HTTP_ROUTES, sourceOf, VIRTUAL_SERVICES } from './collections.ts'
import { createController } from './controller.ts'
import { createEvents, type RecordEvent } from './events.ts'
import { createLimits } from './limits.ts'
import type { Watches } from '../kubernetes/watches.ts'
import type { ReportFailure } from '../kubernetes/isolation.ts'
import { removeLeftovers } from './temporary-objects.ts'
import type { Metrics } from '../kubernetes/metrics.ts'
import type { CurrentPolicy } from '../admission/current-policy.ts'
import { keepRotating } from '../certificates/rotation.ts'
import { createTargetMonitor } from './target-monitor.ts'
import { targetsState } from './targets-state.ts'

export interface LeaderSettings {
  /** Unique to this process. */
  readonly identity: string
  readonly namespace: string
  /** Names that the API server may call us by. */
  readonly dnsNames: readonly string[]
  /** Holds the serving certificate. */
  readonly secret: string
  /** The policy's ConfigMap. */
  readonly policy: string
  /** If present, the leader issues certificates and writes caBundle. */
  readonly rotation?: { readonly configuration: string; readonly lifetimeMs: number }
  /** Leaves temporary objects of killed runs in place: the chart did not grant the right to delete them. */
  readonly keepLeftovers: boolean
  /** Makes the DestinationRules that limit mirrors: the chart granted the right. */
  readonly limits: boolean
}

export interface LeaderOptions {
  readonly cluster: Cluster
  readonly now: () => Date
  readonly config: LeaderSettings
  readonly log: Logger
  readonly metrics: Metrics
  readonly mesh: Mesh
  readonly gateways: KnownGateways
  readonly watches: Watches
  readonly policy: Pick<CurrentPolicy, 'version' | 'problem' | 'policies'>
  /** Whether what is known of the mesh is up to date. */
  readonly meshCurrent: () => boolean
  readonly objectFailed: (resource: string, key: string, error: unknown) => void
}

export interface Leader {
  /** Until the signal. */
  lead(signal: AbortSignal): Promise<void>
  /** Call these on each change. They do nothing unless this replica leads. */
  meshChanged(): void
  gatewaysChanged(): void
  policyChanged(): void
  secretChanged(): void
}

type Duties = Omit<Leader, 'lead'>

export function createLeader(options: LeaderOptions): Leader {
  const { config, metrics, log } = options
  let duties: Duties | undefined
  return {
    async lead(signal) {
      log.info('leading')
      metrics.controller.leading.set(1)
      const rotation = startRotation(options, signal)
      duties = { ...startController(options, signal), secretChanged: rotation.wake }
      const leftovers = config.keepLeftovers ? undefined : removeLeftovers({ ...options, signal })
      try {
        await Promise.all([rotation.done, leftovers])
      } finally {
        duties = undefined
        metrics.controller.leading.set(0)
        log.info('no longer leading')
      }
    },
    meshChanged: () => duties?.meshChanged(),
    gatewaysChanged: () => duties?.gatewaysChanged(),
    policyChanged: () => duties?.policyChanged(),
    secretChanged: () => duties?.secretChanged()
  }
}

function startController(options: LeaderOptions, signal: AbortSignal): Omit<Duties, 'secretChanged'> {
  const { cluster, now, config, log, metrics, mesh, gateways, meshCurrent, watches, policy, objectFailed } = options
  const record = createEvents(cluster, config.identity, (result) => metrics.controller.events.inc({ result }))
  const failedOf =
    (resource: string): ReportFailure =>
    (key, error) =>
      objectFailed(resource, key, error)
  const shared = { cluster, now, metrics: metrics.controller, record, log, signal, policyVersion: policy.version }
  const controller = createController({
    ...shared,
    collection: VIRTUAL_SERVICES,
    failed: failedOf('virtualservices'),
    changed: () => check(),
    noticed: (key) => limits?.changed(key)
  })
  const routes = createController({
    ...shared,
    collection: HTTP_ROUTES,
    failed: failedOf('httproutes'),
    changed: () => undefined,
    dependsOn: (digest) => targetsState(digest, mesh, gateways)
  })
  const monitored = { mirrors: controller.all, mesh, current: meshCurrent, failed: failedOf('virtualservices') }
  const check = createTargetMonitor({ ...shared, ...monitored })
  const limits = config.limits
    ? createLimits({
        ...shared,
        ...monitored,
        mesh,
        current: () => meshCurrent() && controller.synced(),
        defaultLimit: (namespace) => policyIn(policy.policies() ?? {}, namespace).defaultLimit || undefined
      })
    : undefined
  const sayPolicy = createPolicyEvents(config, policy, record)
  watches.start(
    [
      { source: sourceOf(VIRTUAL_SERVICES), sink: controller },
      { source: sourceOf(HTTP_ROUTES), sink: routes }
    ],
    signal
  )
  // What was left behind while no replica led.
  limits?.lookAgain()
  let reviewedBy = policy.version()
  sayPolicy()
  return {
    meshChanged() {
      check()
      limits?.lookAgain()
      controller.meshChanged()
      routes.meshChanged()
    },
    gatewaysChanged: () => routes.gatewaysChanged(),
    policyChanged() {
      sayPolicy()
      if (policy.version() === reviewedBy) return
      reviewedBy = policy.version()
      limits?.lookAgain()
      controller.policyChanged()
      routes.policyChanged()
    }
  }
}

/** Records one Event for each invalid policy. */
function createPolicyEvents(
  { namespace, policy: name }: LeaderSettings,
  policy: Pick<CurrentPolicy, 'problem'>,
  record: RecordEvent
): () => void {
  let said: string | undefined
  return () => {
    const { uid, message } = policy.problem() ?? {}
    if (uid !== undefined && message !== undefined && message !== said) {
      record({ kind: 'ConfigMap', namespace, name, uid }, 'PolicyUnreadable', message)
    }
    said = message
  }
}

interface Rotation {
  readonly done: Promise<void>
  readonly wake: () => void
}

function startRotation({ cluster, now, config, log, metrics, watches }: LeaderOptions, signal: AbortSignal): Rotation {
  const { rotation, ...place } = config
  if (!rotation)
    return { wake: () => undefined, done: new Promise((resolve) => signal.addEventListener('abort', () => resolve())) }
  let pause = new AbortController()
  const wake = (): void => {
    pause.abort()
    pause = new AbortController()
  }
  // A reinstall, for one, removes our CA from the configuration.
  const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
  const source = { path, query: { fieldSelector: `metadata.name=${rotation.configuration}` }, metadataOnly: true }
  watches.start([{ source, sink: { begin: () => undefined, put: wake, end: () => undefined, drop: wake } }], signal)
  const options = { ...place, ...rotation, cluster, now, metrics: metrics.certificate, log }
  return { wake, done: keepRotating(options, () => pause.signal, signal) }
}

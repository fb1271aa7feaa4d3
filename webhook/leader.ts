// What one replica does for all, while it holds the Lease: the controller, the certificates, what runs of the plugin left
// behind. Admits nothing.
import type { Logger } from 'pino'
import type { Cluster } from './cluster.ts'
import type { Config } from './config.ts'
import { createController } from './controller.ts'
import { createEvents } from './events.ts'
import type { Feeds } from './feeds.ts'
import { removeLeftovers } from './leftovers.ts'
import type { Mesh } from './mesh.ts'
import type { Metrics } from './metrics.ts'
import { keepRotating } from './rotation.ts'
import { createTargetMonitor } from './target-monitor.ts'

export interface LeaderOptions {
  readonly cluster: Cluster
  readonly config: Config
  readonly log: Logger
  readonly metrics: Metrics
  readonly mesh: Mesh
  readonly feeds: Feeds
}

export interface Leader {
  /** Until the signal. */
  lead(signal: AbortSignal): Promise<void>
  /** To be told by whoever sees it; nothing happens on a replica that doesn't lead. */
  meshChanged(): void
  secretChanged(): void
}

export function createLeader(options: LeaderOptions): Leader {
  const { config, metrics, log } = options
  let duties: Pick<Leader, 'meshChanged' | 'secretChanged'> | undefined
  return {
    async lead(signal) {
      log.info('leading')
      metrics.controller.leading.set(1)
      const rotation = startRotation(options, signal)
      duties = { meshChanged: startController(options, signal), secretChanged: rotation.wake }
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
    secretChanged: () => duties?.secretChanged()
  }
}

/** The answer is to be called when the mesh changed. */
function startController(
  { cluster, config, log, metrics, mesh, feeds }: LeaderOptions,
  signal: AbortSignal
): () => void {
  const record = createEvents(cluster, config.identity, (result) => metrics.controller.events.inc({ result }))
  const shared = { cluster, metrics: metrics.controller, record, log, signal }
  const controller = createController({ ...shared, changed: () => changed() })
  const changed = createTargetMonitor({ ...shared, mirrors: controller.all, mesh })
  const source = { path: '/apis/networking.istio.io/v1/virtualservices', metadataOnly: true }
  feeds.start([{ source, sink: controller }], signal)
  return changed
}

interface Rotation {
  readonly done: Promise<void>
  readonly wake: () => void
}

function startRotation({ cluster, config, log, metrics, feeds }: LeaderOptions, signal: AbortSignal): Rotation {
  const { rotation, ...place } = config
  if (!rotation)
    return { wake: () => undefined, done: new Promise((resolve) => signal.addEventListener('abort', () => resolve())) }
  let pause = new AbortController()
  const wake = (): void => {
    pause.abort()
    pause = new AbortController()
  }
  // Somebody may take our authority out of the configuration: a reinstall does.
  const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
  const source = { path, query: { fieldSelector: `metadata.name=${rotation.configuration}` }, metadataOnly: true }
  feeds.start([{ source, sink: { begin: () => undefined, put: wake, end: () => undefined, drop: wake } }], signal)
  const options = { ...place, ...rotation, cluster, metrics: metrics.certificate, log }
  return { wake, done: keepRotating(options, () => pause.signal, signal) }
}

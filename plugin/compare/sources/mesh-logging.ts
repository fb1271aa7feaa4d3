// Reads from the cluster which access logs the versions' sidecars write, as far as the user may. Knows no line.
import { parse } from 'yaml'
import type { Cluster } from '../../client/client.ts'
import { unlessRefused } from '../../io/errors.ts'
import type { Pod } from '../../resources/pods.ts'
import type { Version } from '../../resources/versions.ts'
import type { KnownFormats } from './access-log.ts'
import {
  DEFAULT_ROOT,
  formatsIn,
  loggingOf,
  meshConfigOf,
  type Logging,
  type MeshConfig,
  type Telemetry
} from './access-log-providers.ts'
import type { Workload } from './record.ts'

export interface MeshLogging {
  readonly formats: Partial<Readonly<Record<Workload, KnownFormats>>>
  /** Labels of versions whose sidecars write no access log to standard output. Undefined: unknown. */
  readonly off?: readonly string[]
  /** Labels of versions whose sidecars log only some requests. */
  readonly filtered: readonly string[]
}

export interface PodsOf {
  readonly version: Version
  readonly pods: readonly Pod[]
}

export async function readMeshLogging(cluster: Cluster, versions: readonly PodsOf[]): Promise<MeshLogging> {
  const mesh = await readMesh(cluster, revisionOf(versions.flatMap(({ pods }) => pods)))
  if (mesh === undefined) return { formats: {}, filtered: [] }
  const namespaces = new Set([mesh.rootNamespace ?? DEFAULT_ROOT, ...versions.map(({ version }) => version.namespace)])
  const telemetries = await readTelemetries(cluster, [...namespaces])
  if (telemetries === undefined) {
    const all = { read: formatsIn(mesh) }
    return { formats: { live: all, mirror: all }, filtered: [] }
  }
  const found = versions.map((one) => ({ ...one.version, loggings: loggingsOf(mesh, telemetries, one) }))
  const labels = (test: (logging: Logging) => boolean): string[] => [
    ...new Set(found.filter(({ loggings }) => loggings.some(test)).map(({ label }) => label))
  ]
  const formats = (role: Version['role']): KnownFormats => {
    const loggings = found.filter((one) => one.role === role).flatMap((one) => one.loggings)
    // Each format of a workload has all its requests, so one is enough.
    const read = loggings.flatMap((logging) => (logging.isUncertain ? logging.formats : logging.formats.slice(0, 1)))
    const repeated = loggings.flatMap((logging) => (logging.isUncertain ? [] : logging.formats.slice(1)))
    return { read: distinct(read), repeated: distinct(repeated) }
  }
  return {
    formats: { live: formats('live'), mirror: formats('mirror') },
    off: labels((logging) => logging.formats.length === 0),
    filtered: labels(({ isFiltered }) => isFiltered)
  }
}

/** One for each pod, because labels may differ; without pods, by the version's selector. */
function loggingsOf(mesh: MeshConfig, telemetries: readonly Telemetry[], { version, pods }: PodsOf): Logging[] {
  const { namespace, selector = {} } = version
  const labels = pods.length > 0 ? pods.map(({ metadata }) => metadata.labels ?? {}) : [selector]
  return labels.map((one) => loggingOf(mesh, telemetries, { namespace, labels: one }))
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((one) => [JSON.stringify(one), one])).values()]
}

/** Istio's injector writes it on each pod. */
function revisionOf(pods: readonly Pod[]): string | undefined {
  const revision = pods.map(({ metadata }) => metadata.annotations?.['istio.io/rev']).find(Boolean)
  return revision === 'default' ? undefined : revision
}

async function readMesh(cluster: Cluster, revision: string | undefined): Promise<MeshConfig | undefined> {
  const name = revision === undefined ? 'istio' : `istio-${encodeURIComponent(revision)}`
  const config = await unlessRefused(
    cluster.request<{ data?: { mesh?: string } }>('GET', `/api/v1/namespaces/${DEFAULT_ROOT}/configmaps/${name}`),
    undefined
  )
  if (config === undefined) return undefined
  try {
    // An empty one means all defaults, as for istiod.
    return meshConfigOf(parse(config.data?.mesh ?? ''))
  } catch {
    return undefined
  }
}

async function readTelemetries(cluster: Cluster, namespaces: readonly string[]): Promise<Telemetry[] | undefined> {
  const found = await Promise.all(
    namespaces.map((namespace) => {
      const path = `/apis/telemetry.istio.io/v1/namespaces/${encodeURIComponent(namespace)}/telemetries`
      // Without the kind there are no objects.
      return unlessRefused(unlessRefused(Array.fromAsync(cluster.list<Telemetry>(path)), [], 404), undefined)
    })
  )
  return found.every((one) => one !== undefined) ? found.flat().flatMap(({ items }) => items) : undefined
}

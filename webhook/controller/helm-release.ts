// Whether Helm is uninstalling this release now, by Helm's own record. The chart's output contains the clean-up job like any other
// manifest, so applying it with kubectl, kustomize, Flux or Argo CD must remove nothing.
import { find, type Cluster } from '../kubernetes/client.ts'

export interface HelmRelease {
  /** Where Helm keeps its records. */
  readonly namespace: string
  /** Names that Helm's records of the release may have, oldest first. */
  readonly records: readonly string[]
  /** A MutatingWebhookConfiguration of the release. */
  readonly configuration: string
}

export interface Uninstalling {
  readonly answer: 'yes' | 'no' | 'unknown'
  /** One sentence. */
  readonly reason: string
}

const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'

/**
 * `helm uninstall` sets the label `status` of the last record to `uninstalling` before it makes the objects of a hook (Helm
 * 3 and 4: action/hooks.go, recordRelease).
 *
 * | last record    | the configuration is Helm's | answer  |
 * |----------------|-----------------------------|---------|
 * | uninstalling   | any                         | yes     |
 * | another status | any                         | no      |
 * | superseded     | any                         | unknown |
 * | none           | no                          | no      |
 * | none           | yes                         | unknown |
 */
export async function isBeingUninstalled(cluster: Cluster, release: HelmRelease): Promise<Uninstalling> {
  const { namespace, records, configuration } = release
  const status = await lastStatus(cluster, release)
  if (status === 'uninstalling') return { answer: 'yes', reason: `Helm's record in namespace ${namespace} says so` }
  if (status !== undefined && status !== 'superseded') {
    return { answer: 'no', reason: `Helm's record in namespace ${namespace} says "${status}", not "uninstalling"` }
  }
  const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${configuration}`
  const annotations = (await readMetadata(cluster, path))?.annotations ?? {}
  if (status === undefined && annotations['meta.helm.sh/release-name'] === undefined) {
    return {
      answer: 'no',
      reason: `Helm has no record of this release in namespace ${namespace}, and did not install it`
    }
  }
  const looked = `Secrets and ConfigMaps ${records[0]} to ${records.at(-1)} in namespace ${namespace}`
  return { answer: 'unknown', reason: `Helm installed this release, but its latest record is not among the ${looked}` }
}

/** Undefined without a record. */
async function lastStatus(cluster: Cluster, { namespace, records }: HelmRelease): Promise<string | undefined> {
  const paths = records.flatMap((name) =>
    ['secrets', 'configmaps'].map((kind) => `/api/v1/namespaces/${namespace}/${kind}/${name}`)
  )
  const found = await Promise.all(paths.map((path) => readMetadata(cluster, path)))
  return found.findLast((metadata) => metadata?.labels?.['owner'] === 'helm')?.labels?.['status']
}

interface Metadata {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

async function readMetadata(cluster: Cluster, path: string): Promise<Metadata | undefined> {
  return (await find<{ readonly metadata: Metadata }>(cluster, path, { accept: METADATA }))?.metadata
}

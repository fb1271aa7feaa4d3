// Whether callers in a namespace are in the mesh: the caller's proxy makes the copies.
import type { Cluster } from '../client/client.ts'
import { unlessRefused } from '../io/errors.ts'
import { readLabels } from '../resources/webhook-presence.ts'
import type { Labels } from '../resources/services.ts'
import { link, type Link } from './link.ts'

const NAME = 'sidecar injection'

export async function checkNamespace(cluster: Cluster, namespace: string): Promise<Link> {
  const labels = await readLabels(cluster, namespace)
  if (labels['istio-injection'] === 'enabled' || labels['istio.io/rev'] !== undefined) {
    return link('ok', NAME, `on in namespace ${namespace}`)
  }
  const ambient = describeAmbient(cluster, labels, namespace)
  if (ambient) return ambient
  const remedy = `${cluster.command(`label namespace ${namespace} istio-injection=enabled`)}  # then restart its pods`
  return link('warning', NAME, `off in namespace ${namespace}; callers without a sidecar are not mirrored`, remedy)
}

/** A link if the namespace does not exist; undefined if it does, or if the user may not read it. */
export async function checkExists({ request, namespace, command }: Cluster): Promise<Link | undefined> {
  const reading = request('GET', `/api/v1/namespaces/${encodeURIComponent(namespace)}`)
  const found = await unlessRefused(unlessRefused(reading, undefined, 404), 'unread')
  if (found !== undefined) return undefined
  return link('failed', 'namespace', `there is no namespace ${namespace}`, command('get namespaces'))
}

/** No link outside ambient mode: there, each pod has its own sidecar or none. */
export async function checkAmbient(cluster: Cluster, namespace: string): Promise<Link[]> {
  return [describeAmbient(cluster, await readLabels(cluster, namespace), namespace) ?? []].flat()
}

function describeAmbient({ command }: Cluster, labels: Labels, namespace: string): Link | undefined {
  if (labels['istio.io/dataplane-mode'] !== 'ambient') return undefined
  const waypoint = labels['istio.io/use-waypoint']
  if (waypoint) return link('ok', NAME, `namespace ${namespace} is ambient, with waypoint ${waypoint}`)
  const detail = `namespace ${namespace} is ambient without a waypoint; only waypoints mirror`
  const apply = command(`waypoint apply --enroll-namespace --namespace ${namespace}`, 'istioctl')
  return link('failed', NAME, detail, apply)
}

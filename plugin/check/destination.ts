// Whether one version can respond: its Service, port, subset and pods, and whether its requests can be seen there.
import { formatProblem } from '../../mirror/problem.ts'
import type { Cluster } from '../client/client.ts'
import { formatSelector, hasSidecar, isReady, type Pod } from '../resources/pods.ts'
import { isUnread } from '../../mirror/check-targets.ts'
import { readable } from '../resources/look-up.ts'
import type { ServiceDirectory, ServicePort } from '../resources/services.ts'
import type { StoredVirtualService } from '../resources/virtual-services.ts'
import type { Version } from '../resources/versions.ts'
import { ASK_FOR_ROLE, link, type Link } from './link.ts'
import { plural } from '../io/format.ts'
import { describeUnready } from '../resources/unready.ts'

/** The VirtualService that routes or mirrors to the version. */
export interface Callers {
  readonly object: StoredVirtualService
  readonly directory: ServiceDirectory
}

export async function checkVersion(cluster: Cluster, version: Version, callers: Callers): Promise<Link[]> {
  const name = `${version.role} ${version.label}`
  const found = version.findings.map((finding) => {
    const outcome = finding.code === 'targetUnread' ? 'unknown' : finding === version.problem ? 'failed' : 'warning'
    return link(outcome, name, formatProblem(finding), outcome === 'unknown' ? ASK_FOR_ROLE : undefined)
  })
  const protocol = [...checkProtocol(version, name), ...(await checkReach(version, callers, name))]
  if (!version.selector) {
    if (found.length > 0 || !version.service) return [...found, ...protocol]
    return [
      ...protocol,
      link('unknown', name, `Service ${version.service.name} has no selector, so its pods are unknown`)
    ]
  }
  return [...found, ...protocol, ...checkPods(cluster, await callers.directory.pods(version), version, name)]
}

function checkPods(
  { command }: Pick<Cluster, 'command'>,
  pods: readonly Pod[],
  { namespace, selector = {} }: Version,
  name: string
): Link[] {
  const labels = formatSelector(selector)
  const look = command(`get pods -n ${namespace} --selector ${labels}`)
  if (pods.length === 0) return [link('failed', name, `no pod has the labels ${labels}`, look)]
  const ready = pods.filter(isReady)
  if (ready.length === 0) return [link('failed', name, `no pod is ready: ${describeUnready(pods)}`, look)]
  const bare = ready.filter((pod) => !hasSidecar(pod))
  const answer = link('ok', name, `${ready.length} of ${plural(pods.length, 'pod')} ready (${labels})`)
  if (bare.length === 0) return [answer]
  const detail = `${bare.length} of them have no sidecar: requests arrive, but logs and compare cannot see them there`
  const remedy = bare.some(isAmbient)
    ? "in ambient mode only the application's own logs show them"
    : `${command(`label namespace ${namespace} istio-injection=enabled`)}  # then restart its pods`
  return [answer, link('warning', name, detail, remedy)]
}

/** Whether its requests pass an Istio proxy: its sidecar, or in ambient mode the node's and a waypoint. */
export function isMeshed(pod: Pod): boolean {
  return hasSidecar(pod) || isAmbient(pod)
}

/** Istio's CNI plugin writes this annotation. */
function isAmbient({ metadata: { annotations } }: Pod): boolean {
  return annotations?.['ambient.istio.io/redirection'] === 'enabled'
}

/** A DestinationRule may define the subset only for callers in this namespace. */
async function checkReach(
  { problem, service, destination: { host, subset } }: Version,
  { object: { metadata, spec }, directory }: Callers,
  name: string
): Promise<Link[]> {
  const { namespace } = metadata
  const exportTo = spec?.exportTo ?? []
  const isForOwn = exportTo.length > 0 && exportTo.every((one) => one === '.' || one === namespace)
  if (problem || !service || subset === undefined || (isForOwn && isForMesh(spec?.gateways))) return []
  const elsewhere = await readable(directory.exportedSubsets(host, namespace, [service.namespace]))
  if (isUnread(elsewhere) || elsewhere.has(subset)) return []
  const detail = `callers and gateways outside namespace ${namespace} may not know this subset: its DestinationRule is not exported to them`
  const remedy = `move it to namespace ${service.namespace}, where the Service is, with exportTo "*"`
  return [link('warning', name, detail, remedy)]
}

function isForMesh(gateways: readonly string[] | null | undefined): boolean {
  return !gateways?.length || gateways.every((gateway) => gateway === 'mesh')
}

/** By appProtocol, else by the port's name up to the first `-`. For any other, Envoy detects HTTP by itself. */
const NOT_HTTP = new Set(['tcp', 'tls', 'https', 'udp', 'mongo', 'mysql', 'redis'])

function checkProtocol({ role, destination, service }: Version, name: string): Link[] {
  if (role !== 'live') return []
  const ports = service?.ports.filter(({ port }) => destination.port === undefined || port === destination.port) ?? []
  return ports.flatMap((port) => {
    const protocol = protocolOf(port)
    if (!NOT_HTTP.has(protocol)) return []
    const detail = `Istio takes port ${port.port} for ${protocol}, and HTTP rules with their mirrors do not apply to it`
    return [link('failed', name, detail, `set appProtocol: http on port ${port.port} of Service ${service?.name}`)]
  })
}

function protocolOf({ name = '', appProtocol }: ServicePort): string {
  return (appProtocol ?? name.split('-')[0] ?? '').toLowerCase()
}

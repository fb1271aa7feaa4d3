// Whether everything is installed and allowed that a mirror needs, before there is one.
import { X509Certificate } from 'node:crypto'
import type { Cluster } from '../cluster.ts'
import { formatDuration } from '../duration.ts'
import { ApiError } from '../errors.ts'
import type { Io } from '../io.ts'
import { collectionPath } from '../virtual-services.ts'
import { VERSION } from '../version.ts'
import { findWebhook, INSTALL_COMMAND, type InstalledWebhook } from '../webhook-presence.ts'
import { ANNOTATIONS } from '../../mirror/annotations.ts'
import { checkAccess } from './access-review.ts'
import { link, tryLink, type Link } from './link.ts'

export async function checkInstallation(cluster: Cluster, io: Io): Promise<Link[]> {
  const links = await Promise.all([
    tryLink('API server', () => checkServer(cluster)),
    tryLink('Istio resources', () => checkResources(cluster)),
    tryLink('istiod', () => checkIstiod(cluster)),
    tryLink('sidecar injection', () => checkNamespace(cluster)),
    tryLink('webhook', () => checkWebhook(cluster, io.now())),
    tryLink('injection', () => checkInjection(cluster)),
    checkAccess(cluster)
  ])
  return links.flat()
}

async function checkServer(cluster: Cluster): Promise<Link> {
  const { gitVersion } = await cluster.request<{ gitVersion: string }>('GET', '/version')
  return link('ok', 'API server', `Kubernetes ${gitVersion}`)
}

async function checkResources(cluster: Cluster): Promise<Link> {
  const name = 'Istio resources'
  try {
    const group = '/apis/networking.istio.io/v1'
    const { resources } = await cluster.request<{ resources: readonly { name: string }[] }>('GET', group)
    const missing = ['virtualservices', 'destinationrules'].filter((one) => !resources.some((has) => has.name === one))
    if (missing.length === 0) return link('ok', name, 'networking.istio.io/v1 is served')
    return link('failed', name, `networking.istio.io/v1 lacks ${missing.join(', ')}`, 'install Istio 1.22 or later')
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error
    return link('failed', name, 'networking.istio.io/v1 is not served', 'install Istio 1.22 or later')
  }
}

interface Deployment {
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec?: { readonly template?: { readonly spec?: { readonly containers?: readonly { image?: string }[] } } }
  readonly status?: { readonly readyReplicas?: number }
}

async function checkIstiod(cluster: Cluster): Promise<Link> {
  const query = { labelSelector: 'app=istiod' }
  const { items } = await cluster.request<{ items: Deployment[] }>('GET', '/apis/apps/v1/deployments', { query })
  const ready = items.filter(({ status }) => (status?.readyReplicas ?? 0) > 0)
  const names = (ready.length > 0 ? ready : items).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
  if (ready.length > 0) return link('ok', 'istiod', `${names.join(', ')} ready`)
  if (items.length > 0) return link('failed', 'istiod', `no pod of ${names.join(', ')} is ready`, 'see its logs')
  return link('warning', 'istiod', 'not found in this cluster', 'fine if its control plane runs elsewhere')
}

/** Mirroring happens in the caller's proxy: without one, nothing is copied. */
async function checkNamespace(cluster: Cluster): Promise<Link> {
  const name = 'sidecar injection'
  const path = `/api/v1/namespaces/${encodeURIComponent(cluster.namespace)}`
  const { metadata } = await cluster.request<{ metadata: { labels?: Record<string, string> } }>('GET', path)
  const labels = metadata.labels ?? {}
  if (labels['istio-injection'] === 'enabled' || labels['istio.io/rev'] !== undefined) {
    return link('ok', name, `on in namespace ${cluster.namespace}`)
  }
  if (labels['istio.io/dataplane-mode'] === 'ambient') {
    const waypoint = labels['istio.io/use-waypoint']
    if (waypoint) return link('ok', name, `namespace ${cluster.namespace} is ambient, with waypoint ${waypoint}`)
    const remedy = `istioctl waypoint apply --enroll-namespace --namespace ${cluster.namespace}`
    return link(
      'failed',
      name,
      `namespace ${cluster.namespace} is ambient without a waypoint; only those mirror`,
      remedy
    )
  }
  const remedy = `kubectl label namespace ${cluster.namespace} istio-injection=enabled, then restart its pods`
  return link(
    'warning',
    name,
    `off in namespace ${cluster.namespace}; callers without a sidecar are not mirrored`,
    remedy
  )
}

async function checkWebhook(cluster: Cluster, now: Date): Promise<Link[]> {
  const webhook = await findWebhook(cluster)
  if (!webhook) return [link('failed', 'webhook', 'not installed', INSTALL_COMMAND)]
  const { configuration, version, failurePolicy } = webhook
  const differs = version === VERSION ? '' : `; this plugin is ${VERSION}`
  return [
    link('ok', 'webhook', `${configuration}, version ${version}${differs}, failurePolicy ${failurePolicy}`),
    checkAuthority(webhook, now),
    ...(await tryLink('webhook pods', () => checkEndpoints(cluster, webhook)))
  ]
}

const SOON = 3 * 86_400_000

function checkAuthority({ caBundle, service, configuration }: InstalledWebhook, now: Date): Link {
  const name = 'webhook certificate'
  const logs = `kubectl logs --namespace ${service?.namespace ?? ''} deploy/${service?.name ?? configuration}`
  if (!caBundle) return link('failed', name, 'the webhook has not written its authority into caBundle', logs)
  const text = Buffer.from(caBundle, 'base64').toString()
  const pems = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  const ends = pems.map((pem) => new X509Certificate(pem).validToDate.getTime())
  const left = Math.max(...ends) - now.getTime()
  if (!(left > 0)) return link('failed', name, 'every authority in caBundle has expired', logs)
  const outcome = left < SOON ? 'warning' : 'ok'
  return link(outcome, name, `its authority is valid for ${formatDuration(left)}`, outcome === 'ok' ? undefined : logs)
}

interface EndpointSlices {
  readonly items: readonly { readonly endpoints?: readonly { readonly conditions?: { readonly ready?: boolean } }[] }[]
}

async function checkEndpoints(cluster: Cluster, { service }: InstalledWebhook): Promise<Link[]> {
  if (!service) return []
  const path = `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(service.namespace)}/endpointslices`
  const query = { labelSelector: `kubernetes.io/service-name=${service.name}` }
  const { items } = await cluster.request<EndpointSlices>('GET', path, { query })
  const ready = items.flatMap(({ endpoints = [] }) => endpoints).filter(({ conditions }) => conditions?.ready !== false)
  const where = `Service ${service.namespace}/${service.name}`
  if (ready.length > 0) return [link('ok', 'webhook pods', `${ready.length} ready behind ${where}`)]
  const remedy = `kubectl get pods --namespace ${service.namespace}`
  return [link('failed', 'webhook pods', `none is ready behind ${where}`, remedy)]
}

/** The proof: the API server and everything in it that admits objects, asked for nothing that is stored. */
async function checkInjection(cluster: Cluster): Promise<Link> {
  const name = 'injection'
  const started = performance.now()
  const { metadata } = await cluster.request<{ metadata: { annotations?: Record<string, string> } }>(
    'POST',
    collectionPath(cluster.namespace),
    { query: { dryRun: 'All' }, body: PROBE, quiet: true }
  )
  const took = `${Math.round(performance.now() - started)} ms`
  if (metadata.annotations?.[ANNOTATIONS.injected]) {
    return link('ok', name, `a VirtualService with our annotation, in a dry run, gets its mirror (${took})`)
  }
  return link(
    'failed',
    name,
    'a VirtualService with our annotation, in a dry run, gets no mirror',
    'see the webhook above'
  )
}

const PROBE = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { generateName: 'kubectl-mirror-check-', annotations: { [ANNOTATIONS.to]: 'copy' } },
  spec: {
    hosts: ['kubectl-mirror-check.invalid'],
    http: [{ route: [{ destination: { host: 'kubectl-mirror-check.invalid', subset: 'live' } }] }]
  }
}

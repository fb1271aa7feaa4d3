// Whether everything that mirrors need is installed, and which rights the user lacks.
import { X509Certificate } from 'node:crypto'
import type { Cluster } from '../client/client.ts'
import { isAllowed, type Permission } from '../client/permission.ts'
import { formatAge } from '../io/format.ts'
import { ApiError, unlessRefused } from '../io/errors.ts'
import type { Io } from '../io/io.ts'
import { VERSION } from '../io/version.ts'
import { countReady } from '../resources/endpoints.ts'
import { collectionPath, isServed, KINDS, type Kind, type ResourceList } from '../resources/route-kinds.ts'
import { findWebhook, installCommand, type InstalledWebhook } from '../resources/webhook-presence.ts'
import { checkInjection } from './injection.ts'
import { ASK_FOR_ROLE, link, tryLink, type Link } from './link.ts'
import { checkExists, checkNamespace } from './namespace.ts'
import { checkPolicies } from './policy.ts'

export async function checkInstallation(cluster: Cluster, io: Io): Promise<Link[]> {
  const missing = await checkExists(cluster)
  const links = await Promise.all([
    tryLink('API server', () => checkServer(cluster)),
    tryLink('Istio resources', () => checkResources(cluster)),
    tryLink('istiod', () => checkIstiod(cluster)),
    tryLink('webhook', () => checkWebhook(cluster, io.now())),
    tryLink('policy', () => checkPolicies(cluster, io)),
    ...(missing ? [[missing]] : inNamespace(cluster))
  ])
  return links.flat()
}

/** Skipped for a namespace that does not exist: nothing in it is ok. */
function inNamespace(cluster: Cluster): Promise<Link[]>[] {
  return [
    tryLink('sidecar injection', () => checkNamespace(cluster, cluster.namespace)),
    tryLink('injection', () => checkInjection(cluster)),
    checkAccess(cluster)
  ]
}

async function checkServer(cluster: Cluster): Promise<Link> {
  const name = 'API server'
  try {
    const { gitVersion } = await cluster.request<{ gitVersion?: string }>('GET', '/version')
    return link('ok', name, `Kubernetes ${gitVersion ?? 'of an unknown version'}`)
  } catch (error) {
    // Everyone may ask for its version, unless that was forbidden on purpose. Otherwise it takes no request at all.
    if (!(error instanceof ApiError) || error.status === 403) throw error
    return link('failed', name, error.message)
  }
}

async function checkResources(cluster: Cluster): Promise<Link> {
  const name = 'Istio resources'
  const group = '/apis/networking.istio.io/v1'
  const reading = cluster.request<ResourceList>('GET', group)
  const { resources } = await unlessRefused<ResourceList, ResourceList>(reading, {}, 404)
  const missing = ['virtualservices', 'destinationrules'].filter((one) => !resources?.some((has) => has.name === one))
  if (missing.length === 0) return link('ok', name, 'networking.istio.io/v1 is served')
  const found = resources
    ? `networking.istio.io/v1 lacks ${missing.join(', ')}`
    : 'networking.istio.io/v1 is not served'
  const remedy = 'install Istio 1.22 or later'
  if (!(await isServed(cluster, 'HTTPRoute'))) return link('failed', name, found, remedy)
  return link('warning', name, `${found}; only HTTPRoutes can be mirrored here`, `for VirtualServices, ${remedy}`)
}

interface Deployment {
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec?: { readonly template?: { readonly spec?: { readonly containers?: readonly { image?: string }[] } } }
  readonly status?: { readonly readyReplicas?: number }
}

async function checkIstiod(cluster: Cluster): Promise<Link> {
  const query = { labelSelector: 'app=istiod' }
  const path = '/apis/apps/v1/deployments'
  const items = (await cluster.request<{ items?: readonly Deployment[] | null }>('GET', path, { query })).items ?? []
  const ready = items.filter(({ status }) => (status?.readyReplicas ?? 0) > 0)
  const names = (ready.length > 0 ? ready : items).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
  if (ready.length > 0) return link('ok', 'istiod', `${names.join(', ')} ready`)
  if (items.length > 0) return link('failed', 'istiod', `no pod of ${names.join(', ')} is ready`, 'see its logs')
  return link('warning', 'istiod', 'not found in this cluster', 'fine if its control plane runs elsewhere')
}

async function checkWebhook(cluster: Cluster, now: Date): Promise<Link[]> {
  const webhook = await findWebhook(cluster)
  if (!webhook) return [link('failed', 'webhook', 'not installed', installCommand(cluster))]
  const { configuration, version, failurePolicy } = webhook
  const differs = version === VERSION ? '' : `; this plugin is ${VERSION}`
  return [
    link('ok', 'webhook', `${configuration}, version ${version}${differs}, failurePolicy ${failurePolicy}`),
    checkAuthority(cluster, webhook, now),
    ...(await tryLink('webhook pods', () => checkEndpoints(cluster, webhook)))
  ]
}

const SOON = 3 * 86_400_000

function checkAuthority({ command }: Cluster, { caBundle, service, configuration }: InstalledWebhook, now: Date): Link {
  const name = 'webhook certificate'
  const logs = command(`logs -n ${service?.namespace ?? ''} deploy/${service?.name ?? configuration}`)
  if (!caBundle) return link('failed', name, 'the webhook has not written its CA certificate into caBundle', logs)
  const text = Buffer.from(caBundle, 'base64').toString()
  const pems = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  const ends = pems.map((pem) => new X509Certificate(pem).validToDate.getTime())
  const left = ends.reduce((last, end) => Math.max(last, end), 0) - now.getTime()
  if (!(left > 0)) return link('failed', name, 'every CA certificate in caBundle has expired', logs)
  const outcome = left < SOON ? 'warning' : 'ok'
  return link(outcome, name, `its CA certificate is valid for ${formatAge(left)}`, outcome === 'ok' ? undefined : logs)
}

async function checkEndpoints(cluster: Cluster, { service }: InstalledWebhook): Promise<Link[]> {
  if (!service) return []
  const ready = await countReady(cluster, service)
  const where = `Service ${service.namespace}/${service.name}`
  if (ready > 0) return [link('ok', 'webhook pods', `${ready} ready behind ${where}`)]
  const remedy = cluster.command(`get deployments,pods -n ${service.namespace}`)
  return [link('failed', 'webhook pods', `none is ready behind ${where}`, remedy)]
}

interface Right extends Permission {
  /** The commands that need it. */
  readonly for: string
}

function rightsTo(kind: Kind): Right[] {
  const [, , group = '', , resource = ''] = collectionPath(undefined, kind).split('/')
  return [
    { verb: 'get', group, resource, for: 'everything' },
    { verb: 'list', group, resource, for: 'status' },
    { verb: 'patch', group, resource, for: 'enable, disable' }
  ]
}

const RIGHTS: readonly Right[] = [
  { verb: 'list', group: 'networking.istio.io', resource: 'destinationrules', for: 'logs, compare, diff, check' },
  { verb: 'list', group: '', resource: 'services', for: 'logs, compare, diff, check' },
  { verb: 'list', group: '', resource: 'pods', for: 'logs, compare, diff, check' },
  { verb: 'watch', group: '', resource: 'pods', for: 'logs, compare, diff' },
  { verb: 'get', group: '', resource: 'pods', subresource: 'log', for: 'logs, compare' }
]

async function checkAccess(cluster: Cluster): Promise<Link[]> {
  return tryLink('permissions', async () => {
    const served = await Promise.all(KINDS.map((kind) => isServed(cluster, kind)))
    const rights = [...KINDS.flatMap((kind, index) => (served[index] ? rightsTo(kind) : [])), ...RIGHTS]
    const allowed = await Promise.all(rights.map((right) => isAllowed(cluster, cluster.namespace, right)))
    const denied = rights.filter((_, index) => !allowed[index])
    if (denied.length === 0) return link('ok', 'permissions', `for every command, in namespace ${cluster.namespace}`)
    return denied.map((right) => {
      const resource = [right.resource, ...(right.subresource ? [right.subresource] : [])].join('/')
      const detail = `you may not ${right.verb} ${resource} in namespace ${cluster.namespace}, needed for: ${right.for}`
      return link('failed', 'permissions', detail, ASK_FOR_ROLE)
    })
  })
}

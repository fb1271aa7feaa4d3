// Whether our webhook is installed, whether its selectors leave an object out, and what to say where it does not inject.
import type { Cluster } from '../client/client.ts'
import { unlessRefused, UserError } from '../io/errors.ts'
import type { ServiceName } from '../../mirror/host.ts'
import { kindOf } from '../../mirror/kind-of.ts'
import { isRoute, type StoredVirtualService } from './virtual-services.ts'

/** Of the webhook in its configuration, whatever the release is called. */
export const WEBHOOK_NAME = 'mirror.kubectl-mirror.dev'

/** As the README has it, with its URL: a user may have the plugin alone. */
export function installCommand({ command }: Cluster): string {
  const words =
    'install kubectl-mirror oci://ghcr.io/kubectl-mirror/charts/kubectl-mirror ' +
    '--namespace kubectl-mirror --create-namespace --wait'
  return `${command(words, 'helm')}  # see https://github.com/kubectl-mirror/kubectl-mirror#install`
}

/** `check`: the command that finds out why. */
export async function notInjected(cluster: Cluster, check: string, object: StoredVirtualService): Promise<UserError> {
  const { labels = {} } = object.metadata
  const { word, configuration } = await unlessRefused(presence(cluster, labels), UNKNOWN)
  const show = showSelectors(cluster, configuration)
  const [cause, remedy, command] = {
    namespaceSelector: [
      `excludes namespace ${cluster.namespace} by its namespaceSelector`,
      'See what it selects',
      show
    ],
    objectSelector: [`excludes this ${kindOf(object).name} by its objectSelector`, 'See which labels it wants', show],
    yes: [
      isRoute(object)
        ? 'is installed but does not mirror it now (then a warning above says why), or did not respond'
        : 'is installed but did not respond',
      'Find out why',
      check
    ],
    no: ['is not installed', 'Install it', installCommand(cluster)],
    unknown: ['is not installed, or did not respond', 'If you run this cluster, install it', installCommand(cluster)]
  }[word]
  return new UserError(
    `nothing was changed: the kubectl-mirror webhook, which would inject the mirror, ${cause}\n` +
      `${remedy}:\n  ${command}` +
      // Of an HTTPRoute only the webhook makes the edit.
      (isRoute(object)
        ? ''
        : `\nor let the plugin make the edit itself, to last until the VirtualService is next applied:\n  add --direct to this command`)
  )
}

export function showSelectors({ command }: Cluster, configuration = ''): string {
  return command(`get mutatingwebhookconfiguration ${configuration} -o yaml`)
}

/** Undefined: a webhook ends it, or that is not known. */
export function whoEnds(
  { command }: Pick<Cluster, 'command'>,
  webhook: InstalledWebhook | undefined,
  { name, namespace, until }: { readonly name: string; readonly namespace: string; readonly until: string }
): string | undefined {
  if (webhook) return undefined
  return `no webhook is installed, so nothing ends this mirror at ${until}; run then: ${command(`mirror disable ${name} -n ${namespace}`)}`
}

const UNKNOWN: Presence = { word: 'unknown' }

interface Presence {
  readonly word: 'yes' | 'no' | 'unknown' | keyof Scope
  /** Its name, where it is there. */
  readonly configuration?: string
}

async function presence(cluster: Cluster, labels: Labels): Promise<Presence> {
  const webhook = await findWebhook(cluster)
  if (!webhook) return { word: 'no' }
  const { configuration } = webhook
  return { word: (await leftOutBy(cluster, webhook, labels)) ?? 'yes', configuration }
}

export interface InstalledWebhook extends Scope {
  readonly configuration: string
  readonly version: string
  readonly failurePolicy: string
  /** PEM in base64; absent as long as the webhook has not written it. */
  readonly caBundle?: string
  readonly service?: ServiceName
}

export async function findWebhook(cluster: Cluster): Promise<InstalledWebhook | undefined> {
  const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
  const { items } = await cluster.request<{ items?: readonly Configuration[] | null }>('GET', path)
  for (const { metadata, webhooks } of items ?? []) {
    const webhook = webhooks?.find(({ name }) => name === WEBHOOK_NAME)
    if (!webhook) continue
    const { namespaceSelector = {}, objectSelector = {} } = webhook
    const { caBundle, service } = webhook.clientConfig
    return {
      configuration: metadata.name,
      version: metadata.labels?.['app.kubernetes.io/version'] ?? 'unknown',
      failurePolicy: webhook.failurePolicy,
      namespaceSelector,
      objectSelector,
      ...(caBundle && { caBundle }),
      ...(service && { service })
    }
  }
  return undefined
}

interface Configuration {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  readonly webhooks?:
    | readonly (Scope & {
        readonly name: string
        readonly failurePolicy: string
        readonly clientConfig: { readonly caBundle?: string; readonly service?: ServiceName }
      })[]
    | null
}

type Labels = Readonly<Record<string, string>>

/** As Kubernetes has it: all that it says must hold. */
export interface LabelSelector {
  readonly matchLabels?: Labels | null
  readonly matchExpressions?:
    | readonly {
        readonly key: string
        readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
        readonly values?: readonly string[] | null
      }[]
    | null
}

export interface Scope {
  readonly namespaceSelector?: LabelSelector | null
  readonly objectSelector?: LabelSelector | null
}

/** For an object in the cluster's namespace: the selector that does not take it, if one does not. */
export async function leftOutBy(cluster: Cluster, scope: Scope, labels: Labels): Promise<keyof Scope | undefined> {
  if (!selects(scope.objectSelector, labels)) return 'objectSelector'
  return selects(scope.namespaceSelector, await namespaceLabels(cluster)) ? undefined : 'namespaceSelector'
}

/** Who may not read namespaces knows at least the label that each has of itself. */
async function namespaceLabels(cluster: Cluster): Promise<Labels> {
  const { namespace } = cluster
  return unlessRefused(readLabels(cluster, namespace), { 'kubernetes.io/metadata.name': namespace })
}

export async function readLabels({ request }: Cluster, namespace: string): Promise<Labels> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}`
  return (await request<{ metadata: { labels?: Labels } }>('GET', path)).metadata.labels ?? {}
}

export function selects(selector: LabelSelector | null | undefined, labels: Labels): boolean {
  return (
    Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
    (selector?.matchExpressions ?? []).every(({ key, operator, values }) => {
      const value = labels[key]
      switch (operator) {
        case 'In':
          return value !== undefined && values?.includes(value) === true
        case 'NotIn':
          return value === undefined || !values?.includes(value)
        case 'Exists':
          return value !== undefined
        case 'DoesNotExist':
          return value === undefined
        default:
          return operator satisfies never
      }
    })
  )
}

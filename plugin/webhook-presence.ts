// Whether our webhook is installed, and what to say where it does not inject.
import type { Cluster } from './cluster.ts'
import { ApiError, UserError } from './errors.ts'
import type { ServiceName } from './service-host.ts'

/** Of the webhook in its configuration, whatever the release is called. */
const WEBHOOK_NAME = 'mirror.kubectl-mirror.dev'
export const INSTALL_COMMAND =
  'helm install kubectl-mirror ./charts/kubectl-mirror --namespace kubectl-mirror --create-namespace'

/** `again`: the command to repeat with --direct. */
export async function nobodyInjects(cluster: Cluster, again: string): Promise<UserError> {
  const [cause, remedy, command] = {
    yes: ['is installed but did not answer', 'Find out why', 'kubectl mirror check'],
    no: ['is not installed', 'Install it', INSTALL_COMMAND],
    unknown: [
      'is not installed, or did not answer',
      'Unless somebody else runs this cluster, install it',
      INSTALL_COMMAND
    ]
  }[await isInstalled(cluster)]
  return new UserError(
    `nothing was changed: the kubectl-mirror webhook, which would inject the mirror, ${cause}\n` +
      `${remedy}:\n  ${command}\n` +
      `or let the plugin make the edit itself, to last until the VirtualService is next applied:\n  ${again} --direct`
  )
}

async function isInstalled(cluster: Cluster): Promise<'yes' | 'no' | 'unknown'> {
  try {
    return (await findWebhook(cluster)) ? 'yes' : 'no'
  } catch (error) {
    if (error instanceof ApiError) return 'unknown'
    throw error
  }
}

export interface InstalledWebhook {
  readonly configuration: string
  readonly version: string
  readonly failurePolicy: string
  /** PEM in base64; absent as long as the webhook has not written it. */
  readonly caBundle?: string
  readonly service?: ServiceName
}

export async function findWebhook(cluster: Cluster): Promise<InstalledWebhook | undefined> {
  const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
  const { items } = await cluster.request<{ items: readonly Configuration[] }>('GET', path)
  for (const { metadata, webhooks = [] } of items) {
    const webhook = webhooks.find(({ name }) => name === WEBHOOK_NAME)
    if (!webhook) continue
    const { caBundle, service } = webhook.clientConfig
    return {
      configuration: metadata.name,
      version: metadata.labels?.['app.kubernetes.io/version'] ?? 'unknown',
      failurePolicy: webhook.failurePolicy,
      ...(caBundle && { caBundle }),
      ...(service && { service })
    }
  }
  return undefined
}

interface Configuration {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  readonly webhooks?: readonly {
    readonly name: string
    readonly failurePolicy: string
    readonly clientConfig: { readonly caBundle?: string; readonly service?: ServiceName }
  }[]
}

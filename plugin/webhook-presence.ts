// Why nobody injects: is our webhook installed? Only asked once something has gone wrong.
import type { Cluster } from './cluster.ts'
import { ApiError, UserError } from './errors.ts'

const INSTALL_COMMAND =
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
    const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
    const query = { labelSelector: 'app.kubernetes.io/name=kubectl-mirror' }
    const { items } = await cluster.request<{ items: readonly unknown[] }>('GET', path, { query })
    return items.length > 0 ? 'yes' : 'no'
  } catch (error) {
    if (error instanceof ApiError) return 'unknown'
    throw error
  }
}

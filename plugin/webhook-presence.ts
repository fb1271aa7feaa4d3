// Why nobody injects: is our webhook installed? Only asked once something has gone wrong.
import type { Cluster } from './cluster.ts'
import { ApiError, UserError } from './errors.ts'

export const INSTALL_COMMAND =
  'helm install kubectl-mirror ./charts/kubectl-mirror --namespace kubectl-mirror --create-namespace'

/** `again`: the command to repeat with --direct. */
export async function nobodyInjects(cluster: Cluster, again: string): Promise<UserError> {
  const installed = await isInstalled(cluster)
  const cause = {
    yes: 'the kubectl-mirror webhook is installed but did not answer; find out why: kubectl mirror check',
    no: `the kubectl-mirror webhook is not installed; install it: ${INSTALL_COMMAND}`,
    unknown: `the kubectl-mirror webhook is not installed or does not answer; ask who runs the cluster, or: ${INSTALL_COMMAND}`
  }[installed]
  return new UserError(
    `nothing was changed, for no webhook would inject the mirror: ${cause}\n` +
      `Or let the plugin make the edit itself (lost when the VirtualService is next applied):\n  ${again} --direct`
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

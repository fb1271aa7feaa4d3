// Whether the user may do something: asked of the API server, not guessed from roles.
import type { Cluster } from './client.ts'

export interface Permission {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string
}

export async function isAllowed(cluster: Cluster, namespace: string, permission: Permission): Promise<boolean> {
  const { verb, group, resource, subresource } = permission
  const resourceAttributes = { namespace, verb, group, resource, ...(subresource && { subresource }) }
  const { status } = await cluster.request<{ status?: { allowed?: boolean } }>(
    'POST',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    {
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes }
      }
    }
  )
  return status?.allowed === true
}

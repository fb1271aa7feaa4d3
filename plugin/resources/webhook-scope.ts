// Whether the webhook's selectors leave an object out: then the API server never asks it, and nothing is wrong with it.
import type { Cluster } from '../client/client.ts'
import { ApiError } from '../io/errors.ts'

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
async function namespaceLabels({ request, namespace }: Cluster): Promise<Labels> {
  try {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}`
    return (await request<{ metadata: { labels?: Labels } }>('GET', path)).metadata.labels ?? {}
  } catch (error) {
    if (error instanceof ApiError) return { 'kubernetes.io/metadata.name': namespace }
    throw error
  }
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

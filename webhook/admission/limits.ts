// What stands in the way of a limit: the right that the chart did not grant, or the DestinationRules of the targets.
import { annotationPath } from '../../mirror/annotations.ts'
import type { KnownMesh } from '../../mirror/check-targets.ts'
import type { Edit } from '../../mirror/edit.ts'
import { fullHost, type Place } from '../../mirror/host.ts'
import { limitObstacle } from '../../mirror/limit-obstacles.ts'
import { problem, type Problem } from '../../mirror/problem.ts'

/** `permitted`: the controller makes DestinationRules. Without `mesh` it finds the obstacles later. */
export function limitProblems(
  { base, intent, plan }: Edit,
  { namespace, clusterDomain }: Place,
  { mesh, limits: permitted = false }: { readonly mesh?: KnownMesh; readonly limits?: boolean }
): Problem[] {
  if (typeof intent?.limit !== 'number') return []
  if (!permitted) return [problem('limitsOff', annotationPath('limit'))]
  const owner = { namespace, name: base.metadata.name ?? '' }
  const { limit } = intent
  return (plan?.targets ?? []).flatMap(({ limited, host, subset }) => {
    const full = fullHost(host, namespace, clusterDomain)
    const rules = limited && mesh?.rules?.(full, namespace)
    return (rules && limitObstacle({ host: full, ...(subset && { subset }), limit }, owner, rules)) ?? []
  })
}

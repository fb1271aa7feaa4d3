// Whether targets exist, by what is known of the mesh. Istio accepts an unknown host or subset and then copies to nowhere,
// silently: so this is ours to say. Fetches nothing.
import { annotationPath } from './annotations.ts'
import type { Target } from './destination.ts'
import { fullHost } from './host.ts'
import { problem, quoted, type Problem } from './problem.ts'

/** Hosts are full (see host.ts). */
export interface KnownMesh {
  /** Absent: the usual one. */
  readonly clusterDomain?: string
  /** Ports of the Service or ServiceEntry; undefined when there is none. */
  ports(host: string): readonly number[] | undefined
  /** Names of all subsets that DestinationRules give the host. */
  subsets(host: string): readonly string[]
}

/** `namespace` is that of the VirtualService: short hosts are in it. Each target must have its host. */
export function checkTargets(targets: readonly Target[], namespace: string, known: KnownMesh): Problem[] {
  return targets.flatMap((target) => checkTarget(target, namespace, known))
}

function checkTarget({ host = '', port, subset }: Target, namespace: string, known: KnownMesh): Problem[] {
  const full = fullHost(host, namespace, known.clusterDomain)
  const ports = known.ports(full)
  const at = annotationPath('to')
  if (!ports) return [problem('hostUnknown', at, { found: full })]
  const subsets = known.subsets(full)
  const problems: Problem[] = []
  if (subset !== undefined && !subsets.includes(subset)) {
    const allowed = subsets.length > 0 ? `use one of ${quoted(new Set(subsets))}` : 'it has none'
    problems.push(problem('subsetUnknown', at, { host: full, found: JSON.stringify(subset), allowed }))
  }
  const allowed = ports.join(', ')
  if (port === undefined && ports.length > 1) problems.push(problem('portAmbiguous', at, { host: full, allowed }))
  if (port !== undefined && ports.length > 0 && !ports.includes(port)) {
    problems.push(problem('portUnknown', at, { host: full, found: String(port), allowed }))
  }
  return problems
}

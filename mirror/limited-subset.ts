// Names of the subsets that limited copies go to, one beside each subset that is a target. Knows no DestinationRule.
import type { ConcreteTarget } from './target.ts'

const PREFIX = 'kubectl-mirror'

/** `v2` -> `kubectl-mirror-v2`; of a whole host `kubectl-mirror`. */
export function limitedName(subset: string | undefined): string {
  return subset === undefined ? PREFIX : `${PREFIX}-${subset}`
}

/** The inverse: the target's subset, absent for a whole host. Undefined for a name that is not ours. */
export function limitedVersion(name: string | undefined): { readonly subset?: string } | undefined {
  if (name === PREFIX) return {}
  return name?.startsWith(`${PREFIX}-`) ? { subset: name.slice(PREFIX.length + 1) } : undefined
}

/** The target as it stands in the rules. */
export function asInjected({ limited, ...target }: ConcreteTarget): ConcreteTarget {
  return limited ? { ...target, subset: limitedName(target.subset) } : target
}

// What is to be said of one VirtualService's mirror: from, to, and the state it is in. Pure.
import { ANNOTATIONS, askedAnnotations } from '../mirror/annotations.ts'
import { formatTarget } from '../mirror/destination.ts'
import { edit, type Edit } from '../mirror/edit.ts'
import { formatFilter, isFiltering } from '../mirror/filter.ts'
import { patchBetween } from '../mirror/patch.ts'
import { formatProblem } from '../mirror/problem.ts'
import { httpRules, type HttpRule } from '../mirror/virtual-service.ts'
import type { Cluster } from './cluster.ts'
import { mirrorsOf } from './destinations.ts'
import { sources } from './summary.ts'
import type { StoredVirtualService } from './virtual-services.ts'

export interface MirrorStatus {
  readonly namespace: string
  readonly name: string
  readonly from: readonly string[]
  /** In the grammar of the annotation `to`. */
  readonly to: readonly string[]
  readonly filter?: string
  readonly until?: string
  readonly rules: { readonly mirrored: number; readonly all: number }
  readonly state: State
  /** What is behind a state other than Active, and what to do. */
  readonly reason?: string
}

/*
 * The first line that holds decides:
 *
 *   our annotations ...                        | state
 *   -------------------------------------------|----------------
 *   none, but their record is left             | Drifted
 *   none, and the rules mirror                 | By hand
 *   cannot be read, or not be met              | Invalid
 *   say that it is over, and the rules mirror  | Expired, still copying
 *   say that it is over                        | Expired
 *   are on an object that others drive         | Owned by ...
 *   left no record                             | Not injected
 *   ask for other rules than there are         | Drifted
 *   name a host or subset that nobody has      | Target missing
 *   else                                       | Active
 */
export type State =
  | 'Active'
  | 'Not injected'
  | 'Drifted'
  | 'Expired'
  | 'Expired, still copying'
  | 'Invalid'
  | 'Target missing'
  | 'By hand'
  /** Seen while following: it was there before. */
  | 'Ended'
  | `Owned by ${string}`

/** What only the cluster knows; asked for only where it decides. */
export interface Surroundings {
  /** A command line about it, from all but the first word. */
  readonly command: Cluster['command']
  readonly owner?: string
  /** Why copies go nowhere. */
  readonly lost?: string
}

/** Undefined: neither mirrored nor asked to be. */
export function statusOf(
  object: StoredVirtualService,
  now: Date,
  { command, owner, lost }: Surroundings
): MirrorStatus | undefined {
  const { namespace, name, annotations } = object.metadata
  const asked = Object.keys(askedAnnotations(annotations)).length > 0
  const recorded = annotations?.[ANNOTATIONS.injected] !== undefined
  const mirroring = httpRules(object).filter((rule) => mirrorsOf(rule).length > 0)
  if (!asked && !recorded && mirroring.length === 0) return undefined
  const edited = edit(object, now)
  const known = { command, asked, recorded, ...(owner && { owner }), ...(lost && { lost }) }
  return {
    namespace,
    name,
    ...(asked ? describeWish(edited) : describeRules(mirroring)),
    rules: { mirrored: mirroring.length, all: httpRules(edited.base).length },
    ...decide(object, edited, known)
  }
}

function describeRules(mirroring: readonly HttpRule[]): Pick<MirrorStatus, 'from' | 'to'> {
  return { from: distinct(mirroring.map(sources)), to: distinct(mirroring.flatMap(mirrorsOf).map(formatTarget)) }
}

function describeWish({ base, plan, intent }: Edit): Pick<MirrorStatus, 'from' | 'to' | 'filter' | 'until'> {
  const rules = httpRules(base).filter((_, index) => plan?.rules[index]?.outcome === 'mirrored')
  const targets = plan?.targets ?? []
  return {
    from: distinct(rules.map(sources)),
    to: (targets.length > 0 ? targets : (intent?.targets ?? [])).map(formatTarget),
    ...(intent && isFiltering(intent) && { filter: formatFilter(intent) }),
    ...(intent?.until && { until: intent.until.toISOString() })
  }
}

function decide(
  object: StoredVirtualService,
  { result, plan, problems }: Edit,
  { command, asked, recorded, owner, lost }: Surroundings & { asked: boolean; recorded: boolean }
): Pick<MirrorStatus, 'state' | 'reason'> {
  const { namespace, name } = object.metadata
  const check = command(`mirror check -n ${namespace}`)
  const disable = command(`mirror disable ${name} -n ${namespace}`)
  const again = `the rules are not what the annotations ask for: enable it again; ${check} says more`
  const changes = patchBetween(object, result)
  if (!asked && recorded) return { state: 'Drifted', reason: `its mirror is left over; ${disable}` }
  if (!asked) return { state: 'By hand', reason: 'typed into spec.http, not made by kubectl-mirror' }
  if (problems.length > 0) return { state: 'Invalid', reason: problems.map(formatProblem).join('; ') }
  if (plan?.expired && changes.some(({ path }) => path.startsWith('/spec/'))) {
    return { state: 'Expired, still copying', reason: `no webhook has ended it; ${disable}` }
  }
  if (plan?.expired) return { state: 'Expired', reason: disable }
  if (owner) return { state: `Owned by ${owner}`, reason: 'it rewrites the rules whenever it likes' }
  if (!recorded) return { state: 'Not injected', reason: `no webhook has seen it; ${check}` }
  if (changes.length > 0) return { state: 'Drifted', reason: again }
  if (lost) return { state: 'Target missing', reason: lost }
  return { state: 'Active' }
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}

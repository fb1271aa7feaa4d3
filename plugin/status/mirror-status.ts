// The mirror status of one VirtualService: from where, to where, and its state. Pure.
import { ANNOTATIONS, askedAnnotations } from '../../mirror/annotations.ts'
import { sameDestination, type Target } from '../../mirror/target.ts'
import { edit, type Edit } from '../../mirror/edit.ts'
import { formatFilter, isFiltering } from '../../mirror/filter.ts'
import { patchBetween } from '../../mirror/patch.ts'
import { plan } from '../../mirror/plan.ts'
import { formatProblem } from '../../mirror/problem.ts'
import { placeOf } from '../../mirror/host.ts'
import { kindOf, readRules } from '../../mirror/kind-of.ts'
import type { RouteObject } from '../../mirror/route-kind.ts'
import type { HttpRule } from '../../mirror/virtual-service.ts'
import type { Cluster } from '../client/client.ts'
import { mirrorsOf } from '../resources/destinations.ts'
import { stateOf, type OwnFacts, type State, type Surroundings } from './state.ts'
import { sources } from './summary.ts'
import { isRoute, typedName, type StoredVirtualService } from '../resources/virtual-services.ts'

export interface MirrorStatus {
  /** Absent: a VirtualService. */
  readonly kind?: 'HTTPRoute'
  readonly namespace: string
  readonly name: string
  readonly from: readonly string[]
  /** In the grammar of the annotation `to`. */
  readonly to: readonly string[]
  readonly filter?: string
  /** Most open copies from each caller to each target; `unknown`: the policy's number. */
  readonly limit?: number | 'unknown'
  readonly until?: string
  /** Copies that a run adds as its baseline, while it lasts. */
  readonly baseline?: { readonly to: readonly string[]; readonly until: string }
  readonly rules: { readonly mirrored: number; readonly all: number }
  readonly state: State
  /** How targets that hang would hurt live requests; absent: not at all, or not known. */
  readonly hazards?: readonly string[]
}

/** Undefined: neither mirrored nor annotated. */
export function statusOf(
  object: StoredVirtualService,
  now: Date,
  { command }: Pick<Cluster, 'command'>,
  around: Surroundings = {}
): MirrorStatus | undefined {
  const { namespace, name, annotations } = object.metadata
  const asked = Object.keys(askedAnnotations(annotations)).length > 0
  const recorded = annotations?.[ANNOTATIONS.injected] !== undefined
  const mirroring = readRules(object).filter((rule) => mirrorsOf(rule).length > 0)
  if (!asked && !recorded && mirroring.length === 0) return undefined
  const edited = edit(object, now)
  const typed = isRoute(object) ? `httproute/${name}` : name
  const commands = {
    check: command(`mirror check -n ${namespace}`),
    disable: command(`mirror disable ${typed} -n ${namespace}`),
    endBaseline: command(`annotate ${typedName(object)} -n ${namespace} ${ANNOTATIONS.baseline}-`)
  }
  return {
    ...(isRoute(object) && { kind: 'HTTPRoute' }),
    namespace,
    name,
    ...(asked ? describeAsked(edited, now) : describeRules(object, mirroring)),
    rules: { mirrored: mirroring.length, all: readRules(edited.base).length },
    state: stateOf({ asked, recorded, isRoute: isRoute(object), ...factsOf(object, edited) }, around, commands)
  }
}

function factsOf(
  object: StoredVirtualService,
  { result, plan: planned, problems, intent }: Edit
): Omit<OwnFacts, 'asked' | 'recorded' | 'isRoute'> {
  const changes = patchBetween(object, result)
  const isInRules = changes.some(({ path }) => path.startsWith('/spec/'))
  const differs = changes.length === 0 ? 'no' : isInRules ? 'inRules' : 'inMetadata'
  const baseline = intent?.baseline
  // Stale: the object is as the annotations asked until the baseline ended.
  const isStale =
    differs !== 'no' && baseline && patchBetween(object, edit(object, justBefore(baseline)).result).length === 0
  return {
    problems: problems.map(formatProblem),
    expired: planned?.expired === true,
    differs,
    ...(isStale && { staleBaseline: baseline.toISOString() })
  }
}

function justBefore(time: Date): Date {
  return new Date(time.getTime() - 1)
}

function describeRules(object: RouteObject, mirroring: readonly HttpRule[]): Pick<MirrorStatus, 'from' | 'to'> {
  return { from: distinct(mirroring.map(sources)), to: distinct(mirroring.flatMap(mirrorsOf).map(formatIn(object))) }
}

function describeAsked(
  { base, plan: planned, intent }: Edit,
  now: Date
): Pick<MirrorStatus, 'from' | 'to' | 'filter' | 'limit' | 'until' | 'baseline'> {
  if (!intent) return { from: [], to: [] }
  const rules = readRules(base).filter((_, index) => planned?.rules[index]?.outcome === 'mirrored')
  const { baseline, ...lasting } = intent
  const all = planned?.targets ?? []
  const wanted = baseline && baseline > now ? plan(base, lasting, now).targets : all
  const added = all.filter((target) => !wanted.some((one) => sameDestination(one, target)))
  const targets: readonly Target[] = wanted.length > 0 ? wanted : intent.targets
  const format = formatIn(base)
  return {
    from: distinct(rules.map(sources)),
    to: targets.map(format),
    ...(isFiltering(intent) && { filter: formatFilter(intent) }),
    ...(intent.limit !== undefined && { limit: intent.limit }),
    ...(intent.until && { until: intent.until.toISOString() }),
    ...(added.length > 0 && baseline && { baseline: { to: added.map(format), until: baseline.toISOString() } })
  }
}

/** In the grammar of its kind. */
function formatIn(object: RouteObject): (target: Target) => string {
  return (target) => kindOf(object).format(target, placeOf(object))
}

/** Drops the empty source of a rule without a route. */
function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== '')
}

// Whether a mirror could hurt the live requests of an HTTPRoute: some implementations answer them with 500 for a mirror that they do not
// like. Fetches nothing. A VirtualService needs no such check: Istio drops copies without a target.
import { annotationPath } from './annotations.ts'
import { checkTargets, type KnownMesh, type Unread } from './check-targets.ts'
import { resolveHost, type Place, type ServiceName } from './host.ts'
import { abilitiesOf, ISTIO, type Implementation } from './implementations.ts'
import { readRules, rulesOf } from './kind-of.ts'
import { controllersOf, isGateway, isService, isServiceEntry, parentsOf, type ParentRef } from './parents.ts'
import type { Plan } from './plan.ts'
import { problem, quote, type Problem, type ProblemCode } from './problem.ts'
import type { RawRule, RouteObject } from './route-kind.ts'
import type { ConcreteTarget } from './target.ts'

export interface KnownGateways {
  /** Of the Gateway's class; undefined: there is no such Gateway, or no such class. */
  implementation(namespace: string, gateway: string): Implementation | undefined | Unread
  /** Whether a ReferenceGrant lets HTTPRoutes of a namespace refer to a Service in another. */
  granted(from: string, service: ServiceName): boolean | Unread
  /** Whether the API server stores `percent` of a mirror, or removes it: then every request would be copied. */
  keepsPercent(): boolean | Unread
}

export function unreadGateways(why: string): KnownGateways {
  const answer = () => ({ unread: why })
  return { implementation: answer, granted: answer, keepsPercent: answer }
}

/** Of these, a mirror that is there already may stay: nothing says that it hurts. */
export function isOnlyUnread(problems: readonly Problem[]): boolean {
  return problems.every(({ code }) => code === 'routeUnread')
}

/** Problems that may pass without a write of the route, and soon if what it needs is being made. */
export const AWAITED: ReadonlySet<ProblemCode> = new Set([
  'targetRequired',
  'targetMissing',
  'grantMissing',
  'parentUnknown',
  'routeUnread'
])

/** `result` has the mirrors of `plan`. */
export function checkRoute(
  result: RouteObject,
  plan: Plan,
  place: Place,
  known: { readonly mesh: KnownMesh; readonly gateways: KnownGateways }
): Problem[] {
  const { mesh, gateways } = known
  const at = annotationPath('to')
  const parents = parentsOf(result)
  const unknown = checkTargets(plan.targets, place.namespace, mesh, 'live requests may fail').map((found) =>
    problem(found.code === 'targetUnread' ? 'routeUnread' : 'targetMissing', at, { found: found.message })
  )
  const ungranted = parents.some(isGateway) ? plan.targets.flatMap((target) => checkGrant(target, place, gateways)) : []
  const most = Math.max(0, ...mirrorCounts(result, plan, place))
  const hasExtensions = mirroredRules(result, plan).some(({ filters }) => hasExtension(filters))
  const asked = {
    most,
    hasExtensions,
    shares: plan.targets.filter(({ percent }) => percent < 100).map(({ percent }) => percent)
  }
  const kept = asked.shares.length > 0 ? gateways.keepsPercent() : true
  const stored = kept === true ? [] : [kept === false ? problem('apiTooOld', at) : unread('the API', kept)]
  const made = parents.flatMap((parent, index) =>
    checkParent(parent, `spec.parentRefs[${index}]`, asked, implementationsOf(parent, result, place, gateways))
  )
  return [...unknown, ...ungranted, ...stored, ...made]
}

interface Asked {
  /** Mirrors in one rule. */
  readonly most: number
  /** A mirrored rule has a filter that the API does not define. */
  readonly hasExtensions: boolean
  /** Percentages below 100. */
  readonly shares: readonly number[]
}

/** Of a Service: the mesh's, as the status names it; before that, Istio. Undefined: unknown. */
function implementationsOf(
  parent: ParentRef,
  result: RouteObject,
  place: Place,
  gateways: KnownGateways
): readonly (Implementation | undefined | Unread)[] {
  if (isGateway(parent)) return [gateways.implementation(parent.namespace || place.namespace, parent.name ?? '')]
  if (isServiceEntry(parent)) return [ISTIO]
  if (!isService(parent)) return [undefined]
  const names = controllersOf(result, isService)
  return names.length > 0 ? names.map((controllerName) => ({ controllerName, features: [] })) : [ISTIO]
}

function checkParent(
  { kind, name }: ParentRef,
  path: string,
  { most, hasExtensions, shares }: Asked,
  implementations: readonly (Implementation | undefined | Unread)[]
): Problem[] {
  const parent = `${kind ?? 'Gateway'} ${quote(name ?? '')}`
  return implementations.flatMap((one) => {
    if (one === undefined) return [problem('parentUnknown', path, { found: parent })]
    if ('unread' in one) return [unread(parent, one)]
    const found = one.controllerName
    const abilities = abilitiesOf(one)
    if (!abilities) return [problem('implementationUnknown', path, { found, parent })]
    const { mirrors, several, decimals, extensions = true } = abilities
    const cannot = (what: string) => [problem('implementationCannot', path, { found, parent, what })]
    if (!mirrors) return cannot('mirror requests')
    return [
      ...(most > 1 && !several ? cannot('mirror a rule to several targets') : []),
      ...(hasExtensions && !extensions ? cannot('mirror a rule with an ExtensionRef filter') : []),
      ...(shares.length > 0 && decimals === undefined ? cannot('mirror less than 100 %') : []),
      ...(decimals !== undefined && shares.some((share) => !hasAtMost(decimals, share))
        ? cannot(`mirror a percentage with more than ${decimals} decimals`)
        : [])
    ]
  })
}

function hasAtMost(decimals: number, share: number): boolean {
  return (String(share).split('.')[1] ?? '').length <= decimals
}

function checkGrant({ host }: ConcreteTarget, { namespace: from }: Place, gateways: KnownGateways): Problem[] {
  const service = resolveHost(host, from)
  if (!service || service.namespace === from) return []
  const { namespace, name } = service
  const granted = gateways.granted(from, service)
  if (granted === true) return []
  const found = `Service ${namespace}/${name}`
  if (granted !== false) return [unread(`a ReferenceGrant to ${found}`, granted)]
  return [problem('grantMissing', annotationPath('to'), { found, namespace, from })]
}

function mirroredRules(result: RouteObject, { rules }: Plan): readonly RawRule[] {
  return rulesOf(result).filter((_, index) => rules[index]?.outcome === 'mirrored')
}

function hasExtension(filters: RawRule[string]): boolean {
  return ((filters ?? []) as readonly { readonly type?: unknown }[]).some(({ type }) => type === 'ExtensionRef')
}

function mirrorCounts(result: RouteObject, { rules }: Plan, place: Place): number[] {
  return readRules(result, place).flatMap(({ mirrors }, index) =>
    rules[index]?.outcome === 'mirrored' ? (mirrors?.length ?? 0) : []
  )
}

function unread(found: string, { unread: why }: Unread): Problem {
  return problem('routeUnread', annotationPath('to'), { found: `${found} cannot be checked: ${why}` })
}

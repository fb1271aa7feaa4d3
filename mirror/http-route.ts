// Gateway API's HTTPRoute as a kind of route: mirrors are filters of a rule, targets are Services. Reads only the fields that we use;
// shape.ts ensures their types.
import { CLUSTER_DOMAIN, fullHost, namespaceOf, type Place } from './host.ts'
import { problem, quote, type Problem } from './problem.ts'
import type { RawRule, RouteKind } from './route-kind.ts'
import { isLabel, isPort, parsePercent, type ConcreteTarget, type Target } from './target.ts'
import type { Destination, HttpMatch, HttpRule } from './virtual-service.ts'

/** One entry of `spec.rules`. */
interface HttpRouteRule {
  readonly name?: string | null
  readonly matches?: readonly Match[] | null
  readonly filters?: readonly Filter[] | null
  readonly backendRefs?: readonly (BackendRef & { readonly weight?: number | null })[] | null
  readonly timeouts?: { readonly request?: unknown; readonly backendRequest?: unknown } | null
  readonly retry?: unknown
}

interface Match {
  readonly method?: string | null
  readonly headers?: readonly HeaderMatch[] | null
}

interface HeaderMatch {
  readonly type?: string | null
  readonly name?: string | null
  readonly value?: string | null
}

interface Filter {
  readonly type?: string | null
  readonly requestMirror?: {
    readonly backendRef?: BackendRef | null
    readonly percent?: number | null
    readonly fraction?: { readonly numerator?: number | null; readonly denominator?: number | null } | null
  } | null
}

interface BackendRef {
  readonly group?: string | null
  readonly kind?: string | null
  readonly name?: string | null
  readonly namespace?: string | null
  readonly port?: number | null
}

/** In a rule, says the API. */
const MOST_FILTERS = 16

const HERE = 'an HTTPRoute'

export const HTTP_ROUTE: RouteKind = {
  name: 'HTTPRoute',
  rulesAt: 'rules',
  otherRulesAt: [],
  version: 'Service',
  clones: false,
  unsupported: {
    maxBody: `${HERE} cannot match by the length of a body, so longer ones would be copied, too: mirror with a VirtualService`,
    limit: `${HERE} names Services, and what limits copies is a subset: limit the Service in a DestinationRule (connectionPool.http.http2MaxRequests)`
  },
  nowhere: 'noBackend',
  bounds: { copies: 'set timeouts.request', bodies: 'mirror only GET' },
  read,
  withMirrors: (rule: HttpRouteRule, targets, { place }) => ({
    ...rule,
    filters: [...(rule.filters ?? []), ...targets.map((target) => filterOf(target, place))]
  }),
  withoutMirrors(rule: HttpRouteRule & RawRule, isOurs, place) {
    const { filters, ...rest } = rule
    const kept = filters?.filter((filter) => !isMirror(filter) || !isOurs(mirrorOf(filter, place)))
    if (!kept || kept.length === filters?.length) return rule
    return kept.length > 0 ? { ...rule, filters: kept } : rest
  },
  roomIn: ({ filters }: HttpRouteRule) => MOST_FILTERS - (filters?.length ?? 0),
  emptyFields: (rule: HttpRouteRule) => ('filters' in rule && !rule.filters?.length ? ['filters'] : []),
  parseTarget: parseService,
  readTarget(text, place) {
    const { name, namespace, port } = SERVICE.exec(text)?.groups ?? {}
    return name ? { host: hostOf(name, namespace, place), ...(port && { port: Number(port) }) } : undefined
  },
  format: ({ host = '', port, percent }, { clusterDomain }) =>
    `${shortName(host, clusterDomain)}${port ? `:${port}` : ''}${percent === undefined ? '' : `=${percent}`}`,
  complete: (target, { port }) => ({ ...(port?.number && { port: port.number }), ...target }),
  versionOf: ({ host }, { clusterDomain }) => (host ? shortName(host, clusterDomain) : undefined)
}

/** Rules match as Istio's do: each condition of a match must hold. Paths and query parameters are not read. */
function read(rule: HttpRouteRule, place: Place): HttpRule {
  const { name, matches, filters, backendRefs } = rule
  const mirrors = (filters ?? []).filter(isMirror).map((filter) => ({
    destination: mirrorOf(filter, place),
    percentage: { value: percentOf(filter) }
  }))
  const route = (backendRefs ?? []).map((ref) => ({ destination: destinationOf(ref, place), weight: ref.weight ?? 1 }))
  return {
    ...(typeof name === 'string' && { name }),
    ...(matches && { match: matches.map(readMatch) }),
    ...(filters?.some(({ type }) => type === 'RequestRedirect') && { redirect: {} }),
    ...timeoutOf(rule),
    route: route.some(({ weight }) => weight > 0) ? route : [],
    ...(mirrors.length > 0 && { mirrors })
  }
}

/** That of a rule without retries is the attempt's, if it has one: `0s` is none. */
function timeoutOf({ timeouts, retry }: HttpRouteRule): { readonly timeout?: unknown } {
  const { request, backendRequest } = timeouts ?? {}
  const timeout = backendRequest && backendRequest !== '0s' && !retry ? backendRequest : request
  return timeout ? { timeout } : {}
}

function readMatch({ method, headers }: Match): HttpMatch {
  // Of several spellings of a name, the first counts.
  const conditions = (headers ?? []).toReversed().map(({ name, type, value }) => {
    return [name?.toLowerCase() ?? '', type === 'RegularExpression' ? { regex: value ?? '' } : { exact: value ?? '' }]
  })
  return {
    ...(method && { method: { exact: method } }),
    ...(headers && { headers: Object.fromEntries(conditions) as NonNullable<HttpMatch['headers']> })
  }
}

function isMirror({ type }: Filter): boolean {
  return type === 'RequestMirror'
}

function mirrorOf({ requestMirror }: Filter, place: Place): Destination {
  return destinationOf(requestMirror?.backendRef ?? {}, place)
}

function percentOf({ requestMirror }: Filter): number {
  const { percent, fraction } = requestMirror ?? {}
  return percent ?? (fraction ? ((fraction.numerator ?? 0) * 100) / (fraction.denominator ?? 100) : 100)
}

/** Empty for what is no Service, which no target of ours is. */
function destinationOf({ group, kind, name, namespace, port }: BackendRef, place: Place): Destination {
  if (group || (kind ?? 'Service') !== 'Service' || !name) return {}
  return { host: hostOf(name, namespace, place), ...(port && { port: { number: port } }) }
}

/** Short in the route's own namespace, full in another. */
function hostOf(name: string, namespace: string | null | undefined, { namespace: own, clusterDomain }: Place): string {
  return !namespace || namespace === own ? name : fullHost(name, namespace, clusterDomain)
}

/** `shadow.prod` of `shadow.prod.svc.cluster.local`. */
function shortName(host: string, clusterDomain = CLUSTER_DOMAIN): string {
  return host.replace(`.svc.${clusterDomain}`, '')
}

/** As the API server would store it, defaults included, so that the next admission finds what it would write. */
function filterOf({ host, port, percent }: ConcreteTarget, { clusterDomain }: Place): Filter {
  const [name = ''] = host.split('.')
  const namespace = namespaceOf(host, clusterDomain)
  const backendRef = { group: '', kind: 'Service', name, ...(namespace && { namespace }), ...(port && { port }) }
  return { type: 'RequestMirror', requestMirror: { backendRef, ...shareOf(percent) } }
}

/** All is the default, which older versions of the API have no field for. Four decimals are exact in millionths. */
function shareOf(percent: number): object {
  if (percent === 100) return {}
  if (Number.isInteger(percent)) return { percent }
  return { fraction: { numerator: Math.round(percent * 10_000), denominator: 1_000_000 } }
}

const SERVICE =
  /^(?<name>[^.:=/]+)(?:\.(?<namespace>[^.:=/]+)(?:\.svc(?:\.(?<domain>[^:=/]+))?)?)?(?::(?<port>[^:=/]*))?(?:=(?<percent>[^:=/]*))?$/

function parseService(text: string, path: string, place: Place): Target | Problem[] {
  const groups = SERVICE.exec(text)?.groups ?? {}
  const { name = '', namespace, port, percent } = groups
  const share = percent === undefined ? undefined : parsePercent(percent, path)
  const problems = [
    ...(isService(groups, place) ? [] : [problem('serviceInvalid', path, { found: quote(text) })]),
    ...(port === undefined || isPort(port) ? [] : [problem('portInvalid', path, { found: quote(port) })]),
    ...(typeof share === 'object' ? [share] : [])
  ]
  if (problems.length > 0) return problems
  const host = hostOf(name, namespace, place)
  return { host, ...(port && { port: Number(port) }), ...(typeof share === 'number' && { percent: share }) }
}

type Groups = Readonly<Record<string, string | undefined>>

function isService({ name = '', namespace, domain }: Groups, { clusterDomain = CLUSTER_DOMAIN }: Place): boolean {
  return isLabel(name) && (namespace === undefined || isLabel(namespace)) && (domain ?? clusterDomain) === clusterDomain
}

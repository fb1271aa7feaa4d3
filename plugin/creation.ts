// What `enable --create` makes for a Service that Istio has no rules for: a subset for each version of its pods, and one
// VirtualService that keeps all live requests on one of them. Pure.
import { quoted } from '../mirror/problem.ts'
import type { Annotations, HttpRule, VirtualService } from '../mirror/virtual-service.ts'
import { UserError } from './errors.ts'
import { isReady, type Pod } from './pods.ts'
import type { Service } from './services.ts'

/** By it `disable --created` knows what it may delete. */
export const CREATED_LABEL = 'kubectl-mirror.dev/created'
/** The label that Istio's own tools tell versions by. */
const VERSION_LABEL = 'version'

export interface Creation {
  /** Undefined: the subsets are there already. */
  readonly destinationRule?: object
  readonly virtualService: VirtualService
  /** The subset that answers all requests from then on. */
  readonly live: string
}

export interface CreationWish {
  readonly annotations: Annotations
  /** Of --from; else the one version that is no target. */
  readonly from: readonly string[]
  /** Subsets that get copies. */
  readonly to: readonly string[]
  /** That a DestinationRule already makes for the Service. */
  readonly subsets: readonly string[]
}

export function planCreation(
  service: Service,
  pods: readonly Pod[],
  { annotations, from, to, subsets: existing }: CreationWish
): Creation {
  const versions = versionsOf(pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined))
  const names = [...versions.keys()].toSorted()
  refuseMissing(service.name, names, [...from, ...to])
  const live = chooseLive([...versionsOf(pods.filter(isReady)).keys()].toSorted(), from, to)
  refuseOtherSubsets(service.name, existing, [live, ...to])
  const metadata = { name: service.name, namespace: service.namespace, labels: { [CREATED_LABEL]: 'true' } }
  const subsets = names.map((name) => ({ name, labels: { [VERSION_LABEL]: versions.get(name) } }))
  return {
    live,
    ...(existing.length === 0 && {
      destinationRule: {
        apiVersion: 'networking.istio.io/v1',
        kind: 'DestinationRule',
        metadata,
        spec: { host: service.name, subsets }
      }
    }),
    virtualService: {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { ...metadata, annotations },
      spec: { hosts: [service.name], http: rules(service, live) }
    }
  }
}

/** Subset -> label. */
function versionsOf(pods: readonly Pod[]): ReadonlyMap<string, string> {
  return new Map(
    pods.flatMap(({ metadata: { labels } }) => {
      const version = labels?.[VERSION_LABEL]
      return version === undefined ? [] : [[subsetName(version), version] as const]
    })
  )
}

function refuseMissing(service: string, versions: readonly string[], wanted: readonly string[]): void {
  const missing = wanted.filter((name) => !versions.includes(name))
  if (missing.length === 0) return
  const has = versions.length > 0 ? `they have ${versions.join(', ')}` : 'they have none'
  throw new UserError(`no pod of Service ${service} has label ${VERSION_LABEL}=${missing.join(' or ')}; ${has}`)
}

/** Of those that can answer: every live request is to go there. */
function chooseLive(ready: readonly string[], from: readonly string[], to: readonly string[]): string {
  const unready = from.filter((name) => !ready.includes(name))
  if (unready.length > 0) throw new UserError(`no pod of version ${unready.join(' or ')} is ready to answer`)
  const candidates = from.length > 0 ? from : ready.filter((name) => !to.includes(name))
  const [only, ...others] = candidates
  if (only === undefined) throw new UserError('no version but the target has a ready pod that could answer')
  if (others.length === 0) return only
  throw new UserError(`several versions could answer: ${candidates.join(', ')}; name one with --from`)
}

/** Requests to a subset that nobody makes are answered with 503. */
function refuseOtherSubsets(service: string, existing: readonly string[], wanted: readonly string[]): void {
  const missing = wanted.filter((name) => !existing.includes(name))
  if (existing.length === 0 || missing.length === 0) return
  throw new UserError(
    `a DestinationRule makes subsets ${quoted(existing)} for Service ${service}, and none for ${quoted(missing)}; ` +
      'add them there, or write the VirtualService by hand'
  )
}

/** Requests to one port must not end up at another. */
function rules({ name: host, ports }: Service, subset: string): HttpRule[] {
  if (ports.length <= 1) return [{ route: [{ destination: { host, subset } }] }]
  return ports.map(({ port }) => ({
    match: [{ port }],
    route: [{ destination: { host, subset, port: { number: port } } }]
  }))
}

/** Labels may have dots, capitals and underscores, subsets may not. */
function subsetName(version: string): string {
  return version
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}

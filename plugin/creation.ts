// What `enable --create` makes for a Service that Istio has no rules for: a subset for each version of its pods, and one
// VirtualService that keeps all live requests on one of them. Pure.
import type { Annotations, HttpRule, VirtualService } from '../mirror/virtual-service.ts'
import { UserError } from './errors.ts'
import type { Pod } from './pods.ts'
import type { Service } from './services.ts'

/** By it `disable --created` knows what it may delete. */
export const CREATED_LABEL = 'kubectl-mirror.dev/created'
/** The label that Istio's own tools tell versions by. */
const VERSION_LABEL = 'version'

export interface Creation {
  readonly destinationRule: object
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
}

export function planCreation(
  service: Service,
  pods: readonly Pod[],
  { annotations, from, to }: CreationWish
): Creation {
  const versions = new Map(
    pods.flatMap(({ metadata: { labels } }) => {
      const version = labels?.[VERSION_LABEL]
      return version === undefined ? [] : [[subsetName(version), version] as const]
    })
  )
  const names = [...versions.keys()].toSorted()
  const live = chooseLive(service.name, names, from, to)
  const metadata = { name: service.name, namespace: service.namespace, labels: { [CREATED_LABEL]: 'true' } }
  const subsets = names.map((name) => ({ name, labels: { [VERSION_LABEL]: versions.get(name) } }))
  return {
    live,
    destinationRule: {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata,
      spec: { host: service.name, subsets }
    },
    virtualService: {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { ...metadata, annotations },
      spec: { hosts: [service.name], http: rules(service, live) }
    }
  }
}

function chooseLive(
  service: string,
  versions: readonly string[],
  from: readonly string[],
  to: readonly string[]
): string {
  const has = versions.length > 0 ? `they have ${versions.join(', ')}` : 'they have none'
  const missing = [...from, ...to].filter((name) => !versions.includes(name))
  if (missing.length > 0) {
    throw new UserError(`no pod of Service ${service} has label ${VERSION_LABEL}=${missing.join(' or ')}; ${has}`)
  }
  const candidates = from.length > 0 ? from : versions.filter((name) => !to.includes(name))
  const [only, ...others] = candidates
  if (only !== undefined && others.length === 0) return only
  const why =
    only === undefined ? 'no version is left to answer' : `several versions could answer: ${candidates.join(', ')}`
  throw new UserError(`${why}; name one with --from`)
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

// What `enable --create` makes for a Service that Istio has no rules for: a subset for each version of its pods, and one
// VirtualService that keeps all live requests on one of them. Pure.
import { annotationPath } from '../../mirror/annotations.ts'
import { formatProblem, problem, quoted } from '../../mirror/problem.ts'
import type { Annotations, HttpRule, VirtualService } from '../../mirror/virtual-service.ts'
import { UserError } from '../io/errors.ts'
import { isReady, type Pod } from '../resources/pods.ts'
import type { Service } from '../resources/services.ts'
import { describeUnready } from '../resources/unready.ts'

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

/** There is a version that could answer, once a pod of it is ready. */
export class NoReadyPod extends UserError {}

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
  const live = chooseLive(service.name, pods, { names, from, to })
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

interface Choice extends Pick<CreationWish, 'from' | 'to'> {
  /** Of all versions. */
  readonly names: readonly string[]
}

/** Of those that can answer: every live request is to go there. */
function chooseLive(service: string, pods: readonly Pod[], { names, from, to }: Choice): string {
  const ready = versionsOf(pods.filter(isReady))
  const possible = from.length > 0 ? from : names.filter((name) => !to.includes(name))
  const able = from.length > 0 ? from : possible.filter((name) => ready.has(name))
  const [only, ...others] = able
  if (others.length > 0) throw new UserError(`several versions could answer: ${able.join(', ')}; name one with --from`)
  if (only !== undefined && ready.has(only)) return only
  if (possible.length === 0) {
    throw new UserError(
      `Service ${service} has no pods but those of the target (${to.join(', ')}): no other version could answer`
    )
  }
  const why = describeUnready(
    pods.filter((pod) =>
      versionsOf([pod])
        .keys()
        .some((name) => possible.includes(name))
    )
  )
  if (possible.length > 1) {
    throw new UserError(
      `no version but the target has a ready pod that could answer: ${why}; name one with --from, and add --wait`
    )
  }
  throw new NoReadyPod(
    from.length > 0
      ? `no pod of version ${from.join()} is ready to answer: ${why}`
      : `no version but the target has a ready pod that could answer: ${why}`
  )
}

/**
 * Whether a sentence of admission says that a subset of the Service is not there. Where all that are asked for are made in the
 * same run, it says only that admission has not seen them yet.
 */
export function isOfNewSubsets(text: string, { name, namespace }: Service): boolean {
  const host = `${name}.${namespace}.svc.`
  const sentence = formatProblem(problem('subsetUnknown', annotationPath('to'), { host }))
  const [, said = ''] = sentence.slice(0, sentence.indexOf(host) + host.length).split(': ', 2)
  return text.startsWith(`${annotationPath('to')}: `) && text.includes(said)
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

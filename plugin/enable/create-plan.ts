// Plans the objects of `enable --create` for a Service without Istio rules: a subset for each version of its pods, and one
// VirtualService that sends all live requests to one of them. Pure.
import { annotationPath } from '../../mirror/annotations.ts'
import { formatProblem, problem, quoted } from '../../mirror/problem.ts'
import type { Annotations, HttpRule, VirtualService } from '../../mirror/virtual-service.ts'
import { UserError } from '../io/errors.ts'
import { isReady, type Pod } from '../resources/pods.ts'
import type { Service } from '../resources/services.ts'
import { describeUnready } from '../resources/unready.ts'

/** Marks what `disable --created` may delete. */
export const CREATED_LABEL = 'kubectl-mirror.dev/created'
/** The label by which Istio's own tools tell versions apart. */
const VERSION_LABEL = 'version'

export interface Creation {
  /** Undefined: the subsets exist already. */
  readonly destinationRule?: object
  readonly virtualService: VirtualService
  /** The subset that will answer every request. */
  readonly live: string
}

/** The live version is known, but has no ready pod yet. */
export class NoReadyPod extends UserError {}

export interface CreationRequest {
  readonly annotations: Annotations
  /** Values of --from; empty: the one version that is not a target. */
  readonly from: readonly string[]
  /** Subsets that get copies. */
  readonly to: readonly string[]
  /** Subsets that a DestinationRule already defines for the Service. */
  readonly subsets: readonly string[]
}

export function planCreation(
  service: Service,
  pods: readonly Pod[],
  { annotations, from, to, subsets: existing }: CreationRequest
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

interface Choice extends Pick<CreationRequest, 'from' | 'to'> {
  /** Subsets of all versions. */
  readonly names: readonly string[]
}

/** Only a version with a ready pod: it will get every live request. */
function chooseLive(service: string, pods: readonly Pod[], { names, from, to }: Choice): string {
  const ready = versionsOf(pods.filter(isReady))
  const possible = from.length > 0 ? from : names.filter((name) => !to.includes(name))
  const able = from.length > 0 ? from : possible.filter((name) => ready.has(name))
  const [only, ...others] = able
  if (others.length > 0)
    throw new UserError(`several versions could be the live one: ${able.join(', ')}; choose one with --from`)
  if (only !== undefined && ready.has(only)) return only
  if (possible.length === 0) {
    throw new UserError(
      `Service ${service} has only pods of the target (${to.join(', ')}); start another version to be the live one`
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
      `no version other than the target has a ready pod: ${why}; choose one with --from, and add --wait`
    )
  }
  throw new NoReadyPod(
    from.length > 0
      ? `version ${from.join()} has no ready pod: ${why}`
      : `no version other than the target has a ready pod: ${why}`
  )
}

/** Whether an admission message says that a subset of the Service is unknown: expected, if this run has just created it. */
export function isAboutNewSubsets(text: string, { name, namespace }: Service): boolean {
  const host = `${name}.${namespace}.svc.`
  const sentence = formatProblem(problem('subsetUnknown', annotationPath('to'), { host }))
  const [, said = ''] = sentence.slice(0, sentence.indexOf(host) + host.length).split(': ', 2)
  return text.startsWith(`${annotationPath('to')}: `) && text.includes(said)
}

/** Requests to an undefined subset fail with 503. */
function refuseOtherSubsets(service: string, existing: readonly string[], wanted: readonly string[]): void {
  const missing = wanted.filter((name) => !existing.includes(name))
  if (existing.length === 0 || missing.length === 0) return
  throw new UserError(
    `the DestinationRule of Service ${service} has subsets ${quoted(existing)}, but not ${quoted(missing)}; ` +
      'add what is missing, or write the VirtualService by hand'
  )
}

/** With several ports, one rule for each: requests must stay on their port. */
function rules({ name: host, ports }: Service, subset: string): HttpRule[] {
  if (ports.length <= 1) return [{ route: [{ destination: { host, subset } }] }]
  return ports.map(({ port }) => ({
    match: [{ port }],
    route: [{ destination: { host, subset, port: { number: port } } }]
  }))
}

/** Labels allow dots, capitals and underscores; subset names don't. */
function subsetName(version: string): string {
  return version
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}

// Plans the objects of `enable --create` for a Service without Istio rules: a subset for each version of its pods, and one
// VirtualService that sends all live requests to one of them. Pure.
import { annotationPath } from '../../mirror/annotations.ts'
import { problem, quoted, type ProblemCode } from '../../mirror/problem.ts'
import type { Annotations, HttpRule } from '../../mirror/virtual-service.ts'
import { UserError } from '../io/errors.ts'
import type { Pod } from '../resources/pods.ts'
import type { Service } from '../resources/services.ts'
import { DESTINATION_RULE, type NewRoute } from '../resources/virtual-services.ts'
import { chooseVersions, VERSION_LABEL, type Wanted } from './create-versions.ts'

/** Marks what `disable --created` may delete; of a Service its value is the name of the HTTPRoute. */
export const CREATED_LABEL = 'kubectl-mirror.dev/created'

export interface Creation {
  /** What will answer every request: a subset, or a Service. */
  readonly live: string
  /** What the route's rules need, so it is made before: a DestinationRule, or Services. */
  readonly needed: readonly Needed[]
  readonly route: NewRoute
  /** Whether an admission message says that one of them is unknown: expected, if this run has just made it. */
  isExpected(message: string): boolean
}

export interface Needed {
  readonly apiVersion: string
  readonly kind: 'DestinationRule' | 'Service'
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly labels: Readonly<Record<string, string>>
  }
  readonly spec: object
}

/** As kubectl names it in its answers. */
export function subjectOfNeeded({ kind, metadata: { name } }: Needed): string {
  return `${kind === 'Service' ? 'service' : DESTINATION_RULE}/${name}`
}

export interface CreationRequest extends Wanted {
  readonly annotations: Annotations
  /** Subsets that a DestinationRule already defines for the Service. */
  readonly subsets: readonly string[]
}

export function planVirtualService(
  service: Service,
  pods: readonly Pod[],
  { annotations, subsets: existing, ...wanted }: CreationRequest
): Creation {
  const { name, namespace } = service
  const { labels: versions, live } = chooseVersions(service, pods, wanted)
  refuseOtherSubsets(name, existing, [live, ...wanted.to])
  const metadata = { name, namespace, labels: { [CREATED_LABEL]: 'true' } }
  const subsets = Array.from(versions, ([subset, label]) => ({ name: subset, labels: { [VERSION_LABEL]: label } }))
  const apiVersion = 'networking.istio.io/v1'
  const needed: Needed[] =
    existing.length > 0 ? [] : [{ apiVersion, kind: 'DestinationRule', metadata, spec: { host: name, subsets } }]
  const spec = { hosts: [name], http: rules(service, live) }
  return {
    live,
    needed,
    route: { apiVersion, kind: 'VirtualService', metadata: { ...metadata, annotations }, spec },
    isExpected: (message) => needed.length > 0 && saysUnknown(message, 'subsetUnknown', `${name}.${namespace}.svc.`)
  }
}

/** Whether an admission message is the sentence of `code` about the host, given in full up to the cluster's domain. */
export function saysUnknown(message: string, code: ProblemCode, host: string, namespace = ''): boolean {
  const sentence = problem(code, '', { host, found: host, namespace }).message
  const said = sentence.slice(0, sentence.indexOf(host) + host.length)
  return message.startsWith(`${annotationPath('to')}: `) && message.includes(said)
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

// Plans the objects of `enable --create=httproute`: a Service for each version that answers or gets copies, and one HTTPRoute that sends
// all requests for the whole Service to one of them. Pure.
import { isDeepStrictEqual } from 'node:util'
import { annotationPath, ANNOTATIONS } from '../../mirror/annotations.ts'
import { resolveHost } from '../../mirror/host.ts'
import { HTTP_ROUTE } from '../../mirror/http-route.ts'
import { GATEWAY_API } from '../../mirror/kind-of.ts'
import type { Target } from '../../mirror/target.ts'
import type { Annotations } from '../../mirror/virtual-service.ts'
import { UserError } from '../io/errors.ts'
import { formatSelector, type Pod } from '../resources/pods.ts'
import type { Service, ServicePort } from '../resources/services.ts'
import { CREATED_LABEL, saysUnknown, type Creation, type Needed } from './create-plan.ts'
import { chooseVersions, VERSION_LABEL, versionsOf, type Versions } from './create-versions.ts'
import { formatAsFlag } from './flag-annotations.ts'

export interface RouteRequest {
  readonly annotations: Annotations
  /** Values of --from: versions or their Services. */
  readonly from: readonly string[]
  /** Those of the namespace. */
  readonly services: readonly Service[]
}

export function planHttpRoute(service: Service, pods: readonly Pod[], request: RouteRequest): Creation {
  const { name, namespace } = service
  const { annotations, from, services } = request
  const versionOf = versionReader(service, pods, services)
  const targets = readTargets(annotations[ANNOTATIONS.to] ?? '', namespace).map((target) => ({
    ...target,
    version: versionOf(target.host ?? '')
  }))
  const own = targets.filter(({ version }) => version !== undefined)
  const versions = chooseVersions(service, pods, {
    from: from.map((one) => versionOf(one) ?? one),
    to: own.flatMap(({ version }) => version ?? [])
  })
  const port = choosePort(service, own)
  const plan = (version: string, asked?: number) =>
    planVersion(service, version, { versions, port, asked, existing: services })
  const live = plan(versions.live)
  const copied = targets.map(({ version, port: asked }) => (version === undefined ? undefined : plan(version, asked)))
  const needed = [live, ...copied].flatMap((one) => one?.made ?? [])
  const to = targets.map(({ version: _, ...target }, index) => {
    const made = copied[index]
    const itself = made && { host: made.name, ...(made.port !== live.port && { port: made.port }) }
    return HTTP_ROUTE.format({ ...target, ...itself }, { namespace })
  })
  const parent = { group: '', kind: 'Service', name, port: port.port }
  return {
    live: live.name,
    needed: needed.filter(
      (one, index) => needed.findIndex(({ metadata }) => metadata.name === one.metadata.name) === index
    ),
    route: {
      apiVersion: `${GATEWAY_API}/v1`,
      kind: 'HTTPRoute',
      metadata: {
        name,
        namespace,
        labels: { [CREATED_LABEL]: 'true' },
        annotations: {
          ...annotations,
          [ANNOTATIONS.to]: to.join(','),
          ...(from.length > 0 && { [ANNOTATIONS.from]: live.name })
        }
      },
      spec: { parentRefs: [parent], rules: [{ backendRefs: [{ name: live.name, port: live.port }] }] }
    },
    isExpected: (message) =>
      needed.some(({ metadata }) =>
        saysUnknown(message, 'hostUnknown', `${metadata.name}.${namespace}.svc.`, namespace)
      )
  }
}

/** Of `v2` or `httpbin-v2`: `v2`, even if no pod has it. Undefined for any other Service. */
function versionReader(service: Service, pods: readonly Pod[], services: readonly Service[]) {
  const versions = versionsOf(service.name, pods)
  const isService = (wanted: string) => services.some(({ name }) => name === wanted)
  return (host: string): string | undefined => {
    const found = resolveHost(host, service.namespace)
    if (found?.namespace !== service.namespace) return undefined
    const { name } = found
    const version = name.startsWith(`${service.name}-`) ? name.slice(service.name.length + 1) : undefined
    if (version !== undefined && versions.has(version)) return version
    return isService(name) ? undefined : (version ?? name)
  }
}

function readTargets(text: string, namespace: string): Target[] {
  const read = text.split(',').map((item) => HTTP_ROUTE.parseTarget(item.trim(), annotationPath('to'), { namespace }))
  const problems = read.filter(Array.isArray).flat()
  if (problems.length > 0) throw new UserError(problems.map(formatAsFlag))
  return read as Target[] // no problems are left
}

/** Its rules cannot tell ports apart. */
function choosePort({ name, ports }: Service, targets: readonly Target[]): ServicePort {
  const asked = new Set(targets.map(({ port }) => port))
  const [only, ...others] = ports.length > 1 ? ports.filter(({ port }) => asked.has(port)) : ports
  if (only && others.length === 0) return only
  if (ports.length === 0) throw new UserError(`Service ${name} has no port`)
  const numbers = ports.map(({ port }) => port)
  throw new UserError(
    `Service ${name} has the ports ${numbers.join(', ')}, and an HTTPRoute mirrors one of them; ` +
      `name it in --to, for example ${targets[0]?.host ?? name}:${numbers[0]}`
  )
}

interface Circumstances {
  readonly versions: Versions
  /** Of the whole Service. */
  readonly port: ServicePort
  /** In the target. */
  readonly asked: number | undefined
  readonly existing: readonly Service[]
}

/** Its Service: one that is there and sends to the same place, or one to be made. */
function planVersion(
  { name: whole, namespace, selector: all, ports }: Service,
  version: string,
  { versions, port, asked, existing }: Circumstances
): { readonly name: string; readonly port: number; readonly made?: Needed } {
  const name = `${whole}-${version}`
  const selector = { ...all, [VERSION_LABEL]: versions.labels.get(version) ?? '' }
  const found = existing.find((one) => one.name === name)
  if (found && !isDeepStrictEqual(found.selector, selector)) {
    throw new UserError(
      `Service ${name} exists, but selects ${formatSelector(found.selector) || 'nothing'} and not ${formatSelector(selector)}; ` +
        'rename it, or write the HTTPRoute by hand'
    )
  }
  const able = found ? found.ports.filter((one) => leadsTo(one) === leadsTo(port)) : [port]
  const used = asked === undefined ? able[0] : able.find((one) => one.port === asked)
  if (!used) {
    const has =
      able.length > 0 ? `sends to it from ${able.map((one) => one.port).join(', ')}` : 'has no port that leads there'
    const wants = asked === undefined ? '' : `, not from ${asked}`
    throw new UserError(
      `port ${port.port} of Service ${whole} leads to port ${leadsTo(port)} of the pods, and Service ${name} ${has}${wants}`
    )
  }
  if (found) return { name, port: used.port }
  const metadata = { name, namespace, labels: { [CREATED_LABEL]: whole } }
  return {
    name,
    port: used.port,
    made: { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector, ports: ports.map(asNew) } }
  }
}

/** A number or a name. */
function leadsTo({ port, targetPort }: ServicePort): string {
  return String(targetPort ?? port)
}

/** Without its nodePort, which is taken. */
function asNew({ name, port, protocol, targetPort, appProtocol }: ServicePort): ServicePort {
  return {
    ...(name !== undefined && { name }),
    port,
    ...(protocol !== undefined && { protocol }),
    ...(targetPort !== undefined && { targetPort }),
    ...(appProtocol !== undefined && { appProtocol })
  }
}

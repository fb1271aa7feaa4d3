// Who calls an application behind an HTTPRoute: pods of the mesh, and a Gateway's clients. Knows no application.
import { readFileSync } from 'node:fs'
import { isShort } from '../short.ts'

const GATEWAY = new URL('../../../examples/httpbin-gateway-api/gateway.yaml', import.meta.url).pathname

export interface Caller {
  readonly from: string
  /** Where they send requests: HOST:PORT. */
  readonly host: string
  /** A reference of the route's. */
  readonly parent: object
  /** What `check` says of it. */
  readonly checked: RegExp
}

/** `service`: of the application, with port 8000. */
export function callersOf(service: string): readonly [mesh: Caller, gateway: Caller] {
  return [
    {
      from: 'the mesh',
      host: `${service}:8000`,
      parent: { group: '', kind: 'Service', name: service, port: 8000 },
      checked: new RegExp(`^ok +parent Service ${service} +served by istio`, 'm')
    },
    {
      from: 'a Gateway',
      host: 'web-istio:8080',
      parent: { name: 'web' },
      checked: /^ok +parent Gateway web +served by istio/m
    }
  ]
}

/** Each alone, or all at once in the short form. */
export function groupsOf(callers: readonly Caller[]): { readonly callers: readonly Caller[]; readonly from: string }[] {
  const groups = isShort ? [callers] : callers.map((caller) => [caller])
  return groups.map((group) => ({ callers: group, from: group.map(({ from }) => from).join(' and ') }))
}

/** Ready; no route names it yet. `kubectl`: in the namespace. */
export async function openGateway(
  kubectl: (args: readonly string[], input?: string) => Promise<string>
): Promise<void> {
  await kubectl(['apply', '-f', '-'], readFileSync(GATEWAY, 'utf8'))
  await kubectl(['wait', '--for=condition=programmed', 'gateway/web', '--timeout=120s'])
}

/** An application's Services for each version, and the HTTPRoute that sends all callers to v1. */
export function routed(application: string, callers: readonly Caller[]): object[] {
  const service = (version: string) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `${application}-${version}` },
    spec: { selector: { app: application, version }, ports: [{ name: 'http', port: 80 }] }
  })
  const route = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: application },
    spec: {
      parentRefs: callers.map(({ parent }) => parent),
      rules: [{ backendRefs: [{ name: `${application}-v1`, port: 80 }] }]
    }
  }
  return [service('v1'), service('v2'), route]
}

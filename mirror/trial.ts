// Routes that ask for a mirror, to be sent as dry runs: how they come back tells whether admission mirrors. Sends nothing.
import { ANNOTATIONS } from './annotations.ts'
import { GATEWAY_API, readRules } from './kind-of.ts'
import type { RouteObject } from './route-kind.ts'

export interface Trial {
  readonly object: RouteObject & { readonly kind: string }
  /** Path of its collection. */
  path(namespace: string): string
}

const NAME = 'kubectl-mirror-test'

/** One for each kind: a server may have only one of them. */
export const TRIALS: readonly Trial[] = [
  trial('networking.istio.io/v1', 'VirtualService', 'v2', {
    hosts: [`${NAME}.invalid`],
    http: [{ route: [{ destination: { host: `${NAME}.invalid`, subset: 'v1' } }] }]
  }),
  // Its target must exist, and this one does in every cluster.
  trial(`${GATEWAY_API}/v1`, 'HTTPRoute', 'kubernetes.default:443', {
    parentRefs: [{ group: '', kind: 'Service', name: NAME, port: 80 }],
    rules: [{ backendRefs: [{ name: NAME, port: 80 }] }]
  })
]

export function isMirrored(object: RouteObject): boolean {
  return readRules(object).some(({ mirror, mirrors }) => mirror ?? mirrors?.length)
}

function trial(apiVersion: string, kind: string, to: string, spec: Record<string, unknown>): Trial {
  const metadata = { generateName: `${NAME}-`, annotations: { [ANNOTATIONS.to]: to } }
  return {
    object: { apiVersion, kind, metadata, spec },
    path: (namespace) => `/apis/${apiVersion}/namespaces/${encodeURIComponent(namespace)}/${kind.toLowerCase()}s`
  }
}

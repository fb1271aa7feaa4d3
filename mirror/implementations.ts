// What each implementation of the Gateway API can mirror, from its sources and conformance reports (2026-11). What a GatewayClass
// publishes overrules it. Knows no route.

export interface Abilities {
  readonly mirrors: boolean
  /** Several mirrors in one rule. */
  readonly several: boolean
  /** Decimals of a percentage that it keeps. Absent: it copies every request, whatever the percentage. */
  readonly decimals?: number
  /** It cannot mirror a rule that an ExtensionRef filter may answer: live requests would get 500. */
  readonly extensions?: false
}

/** Of a GatewayClass. */
export interface Implementation {
  readonly controllerName: string
  /** Names in `status.supportedFeatures`; empty: it publishes none. */
  readonly features: readonly string[]
}

const ALL: Abilities = { mirrors: true, several: true, decimals: 4 }
const WHOLE: Abilities = { mirrors: true, several: true, decimals: 0 }
const ONE: Abilities = { mirrors: true, several: false }
const NONE: Abilities = { mirrors: false, several: false }

/** The name that its mesh has in the status of routes, too. */
export const ISTIO: Implementation = { controllerName: 'istio.io/gateway-controller', features: [] }

/** By `controllerName`. Some answer live requests with 500 for a mirror that they cannot make (Traefik), or drop the route (Linkerd). */
const KNOWN: Readonly<Record<string, Abilities>> = {
  [ISTIO.controllerName]: ALL,
  'istio.io/mesh-controller': ALL,
  'gateway.envoyproxy.io/gatewayclass-controller': { ...ALL, extensions: false },
  'agentgateway.dev/agentgateway': ALL,
  'gateway.nginx.org/nginx-gateway-controller': { ...ALL, decimals: 2 },
  'io.cilium/gateway-controller': WHOLE,
  'networking.gke.io/gateway': { ...WHOLE, several: false },
  'projectcontour.io/gateway-controller': { mirrors: true, several: true },
  'kgateway.dev/kgateway': ONE,
  'solo.io/gloo-gateway': ONE,
  'traefik.io/gateway-controller': NONE,
  'linkerd.io/policy-controller': NONE,
  'konghq.com/kic-gateway-controller': NONE,
  'konghq.com/gateway-operator': NONE,
  'haproxy-ingress.github.io/controller': NONE,
  'gateway.k8s.aws/alb': NONE,
  'alb.networking.azure.io/alb-controller': NONE
}

/** Undefined: nothing is known of it, and it publishes nothing. */
export function abilitiesOf({ controllerName, features }: Implementation): Abilities | undefined {
  const known = Object.hasOwn(KNOWN, controllerName) ? KNOWN[controllerName] : undefined
  if (features.length === 0) return known
  const isPartial = features.includes('HTTPRouteRequestPercentageMirror')
  return {
    mirrors: features.includes('HTTPRouteRequestMirror'),
    several: features.includes('HTTPRouteRequestMultipleMirrors'),
    ...(isPartial && { decimals: known?.decimals ?? 4 }),
    ...(known?.extensions === false && { extensions: false })
  }
}

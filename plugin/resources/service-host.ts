// The host of a destination as the Kubernetes Service that it names. Pure text.
import { CLUSTER_DOMAIN, fullHost, hostMatches } from '../../mirror/host.ts'

export interface ServiceName {
  readonly name: string
  readonly namespace: string
}

/** Undefined for what cannot be a Service: to Istio `httpbin.prod`, `httpbin.prod.svc` and `example.com` are full names. */
export function resolveHost(host: string, namespace: string): ServiceName | undefined {
  const [, name, where] = /^([^.*]+)\.([^.]+)\.svc\..+$/.exec(fullHost(host, namespace)) ?? []
  return name !== undefined && where !== undefined ? { name, namespace: where } : undefined
}

/** Whether two hosts, each as written in its own namespace, are the same; `pattern` may begin with `*`. */
export function sameHost(pattern: string, patternNamespace: string, host: string, namespace: string): boolean {
  return hostMatches(usualHost(pattern, patternNamespace), usualHost(host, namespace))
}

/** In full. The plugin does not know the cluster's domain: any that follows `.svc.` may be it, and becomes the usual one. */
export function usualHost(host: string, namespace: string): string {
  return fullHost(host, namespace).replace(/^([^.]+\.[^.]+\.svc)\..+$/, `$1.${CLUSTER_DOMAIN}`)
}

// The host of a destination as Istio resolves it, so that two spellings of a Service are one. Pure text; knows no cluster.

/** Of nearly every cluster. Istiod is told another one by `--domain`. */
export const CLUSTER_DOMAIN = 'cluster.local'

/**
 * `httpbin` in namespace `prod` is `httpbin.prod.svc.cluster.local`. Istio completes only names without a dot: `httpbin.prod`
 * and `httpbin.prod.svc` are full names, and those of no Service.
 */
export function fullHost(host: string, namespace: string, domain = CLUSTER_DOMAIN): string {
  return host.includes('.') || host === '*' ? host : `${host}.${namespace}.svc.${domain}`
}

/** The namespace of the Service that a full host names; undefined for a host outside the cluster. */
export function namespaceOf(host: string, domain = CLUSTER_DOMAIN): string | undefined {
  const suffix = `.svc.${domain}`
  const [, namespace, ...more] = host.endsWith(suffix) ? host.slice(0, -suffix.length).split('.') : []
  return more.length === 0 ? namespace : undefined
}

/** Whether a full host is one, or falls under a pattern such as `*.prod.svc.cluster.local`. */
export function hostMatches(pattern: string, host: string): boolean {
  return pattern.startsWith('*') ? host.endsWith(pattern.slice(1)) : pattern === host
}

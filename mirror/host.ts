// The host of a destination, in one spelling wherever it was written. Pure text: knows no cluster and no domain of it.

/**
 * `httpbin` in namespace `prod`, and `httpbin.prod.svc.cluster.local` anywhere, are both `httpbin.prod.svc`; the cluster's
 * domain is dropped, as only istiod knows it. Any other name with a dot (`httpbin.prod`, `example.com`) is a full name.
 */
export function fullHost(host: string, namespace: string): string {
  if (!host.includes('.') && host !== '*') return `${host}.${namespace}.svc`
  return host.replace(/^([^.]+\.[^.]+\.svc)\..*$/, '$1')
}

/** Whether a full host is one, or falls under a pattern such as `*.prod.svc`. */
export function hostMatches(pattern: string, host: string): boolean {
  return pattern.startsWith('*') ? host.endsWith(pattern.slice(1)) : pattern === host
}

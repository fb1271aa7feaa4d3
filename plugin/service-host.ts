// The host of a destination, as Istio resolves it to a Kubernetes Service. Pure text.

export interface ServiceName {
  readonly name: string
  readonly namespace: string
}

/**
 * `httpbin` lives in the namespace of the object that says so; `httpbin.prod.svc.cluster.local` says it itself. Anything
 * else with a dot (`httpbin.prod`, `example.com`) is a full name to Istio: no Service.
 */
export function resolveHost(host: string, namespace: string): ServiceName | undefined {
  if (host === '' || host.includes('*')) return undefined
  const [name = '', where, svc] = host.split('.')
  if (where === undefined) return { name, namespace }
  return svc === 'svc' ? { name, namespace: where } : undefined
}

/** Whether two hosts, each as written in its own namespace, are the same; `pattern` may begin with `*.`. */
export function sameHost(pattern: string, patternNamespace: string, host: string, namespace: string): boolean {
  const wanted = fullName(host, namespace)
  const given = fullName(pattern, patternNamespace)
  return given.startsWith('*') ? wanted.endsWith(given.slice(1)) : wanted === given
}

/** Without the cluster's domain, which only istiod knows. */
function fullName(host: string, namespace: string): string {
  const service = resolveHost(host, namespace)
  if (service) return `${service.name}.${service.namespace}.svc`
  return host.replace(/\.svc\..*$/, '.svc')
}

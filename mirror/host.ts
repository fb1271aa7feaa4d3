// Hosts as Istio resolves them, so that two spellings of a Service are one; which Service each names; who sees what defines one. Knows
// no cluster.

/** The default. Istiod's `--domain` sets another. */
export const CLUSTER_DOMAIN = 'cluster.local'

/** Where a short host is resolved. */
export interface Place {
  readonly namespace: string
  /** Absent: the default. */
  readonly clusterDomain?: string | undefined
}

/** As far as an object says it. */
export function placeOf({ metadata }: { readonly metadata: { readonly namespace?: string } }): Place {
  return { namespace: metadata.namespace ?? '' }
}

/** If the namespace is unknown: only hosts of the same spelling are equal. */
export const NOWHERE: Place = { namespace: '' }

/**
 * `httpbin` in namespace `prod` is `httpbin.prod.svc.cluster.local`. Istio completes only names without a dot: `httpbin.prod`
 * and `httpbin.prod.svc` are full names, and those of no Service. Neither does it complete addresses.
 */
export function fullHost(host: string, namespace: string, domain = CLUSTER_DOMAIN): string {
  return /[.:]/.test(host) || host === '*' || host === '' ? host : `${host}.${namespace}.svc.${domain}`
}

/** Whether Istio treats two spellings as one host. */
export function isSameHost(a: string, b: string, { namespace, clusterDomain }: Place): boolean {
  return a === b || fullHost(a, namespace, clusterDomain) === fullHost(b, namespace, clusterDomain)
}

/**
 * The full name that a host with a dot was probably meant to be: `httpbin.prod` and `httpbin.prod.svc` are short names in DNS,
 * and `httpbin.svc.cluster.local` lacks a namespace; to Istio they are full names, and those of no Service. Else undefined.
 */
export function qualifiedHost(host: string, { namespace, clusterDomain = CLUSTER_DOMAIN }: Place): string | undefined {
  const isInDomain = host.endsWith(`.${clusterDomain}`)
  const [name = '', ...rest] = (isInDomain ? host.slice(0, -clusterDomain.length - 1) : host).split('.')
  const isShort = rest.length === 1 || (rest.length === 2 && rest[1] === 'svc' && !isInDomain)
  if (!isShort && !(isInDomain && rest.length === 0)) return undefined
  const [own = 'svc'] = rest
  return `${name}.${own === 'svc' ? namespace || 'NAMESPACE' : own}.svc.${clusterDomain}`
}

/** The namespace of the Service that a full host names; undefined for a host outside the cluster. */
export function namespaceOf(host: string, domain = CLUSTER_DOMAIN): string | undefined {
  const suffix = `.svc.${domain}`
  const [, namespace, ...more] = host.endsWith(suffix) ? host.slice(0, -suffix.length).split('.') : []
  return more.length === 0 ? namespace : undefined
}

/** Whether a full host equals the pattern, or matches it, such as `*.prod.svc.cluster.local`. */
export function hostMatches(pattern: string, host: string): boolean {
  return pattern.startsWith('*') ? host.endsWith(pattern.slice(1)) : pattern === host
}

/** On a Service, where other kinds have `spec.exportTo`. */
export const EXPORT_TO = 'networking.istio.io/exportTo'

/** `owner`: namespace of the object; `client`: of who would use it. `.` is the owner's, `*` every one, `~` none. */
export function isExportedTo(exportTo: readonly string[] | null | undefined, owner: string, client: string): boolean {
  return !exportTo?.length || exportTo.some((one) => one === '*' || (one === '.' ? owner : one) === client)
}

/** The value of the annotation. */
export function readExportTo(text: string | undefined): readonly string[] {
  return text === undefined || text.trim() === '' ? [] : text.split(',').map((one) => one.trim())
}

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

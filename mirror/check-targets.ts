// Checks whether targets exist, by what is known of the mesh. Istio accepts an unknown host or subset and silently drops the copies.
// Fetches nothing.
import { annotationPath } from './annotations.ts'
import type { Target } from './target.ts'
import { fullHost } from './host.ts'
import type { HostRules } from './limit-obstacles.ts'
import { listed, problem, quoted, type Problem } from './problem.ts'

/** Hosts are full (see host.ts). */
export interface KnownMesh {
  /** Absent: the usual one. */
  readonly clusterDomain?: string
  /** Ports of the Service or ServiceEntry; undefined when there is none that a caller in the namespace sees. */
  ports(host: string, client: string): readonly number[] | undefined | Unread
  /** Names of all subsets that the host has for a caller in the namespace (see destination-rules.ts). */
  subsets(host: string, client: string): readonly string[] | Unread
  /** Whether its DestinationRule has limits (see limits.ts). Undefined: there is no such host or subset, or it is unread. */
  limited?(target: Target & { readonly host: string }, client: string): boolean | undefined
  /** What decides whether a DestinationRule of ours can stand beside the host's, for a VirtualService in the namespace. */
  rules?(host: string, namespace: string): HostRules
}

/** Not read, or not permitted to be read. */
export interface Unread {
  /** `you may not list services in namespace prod` */
  readonly unread: string
}

/** Before anything has been read. */
export function unreadMesh(unread: string): KnownMesh {
  return { ports: () => ({ unread }), subsets: () => ({ unread }) }
}

/** What happens to requests for a missing target. */
export type Loss = 'copies go nowhere' | 'its requests fail' | 'live requests may fail'

/** `namespace` is the VirtualService's, for short hosts and callers. Each target must have a host. */
export function checkTargets(
  targets: readonly Target[],
  namespace: string,
  known: KnownMesh,
  loss: Loss = 'copies go nowhere'
): Problem[] {
  return targets.flatMap((target) => checkTarget(target, namespace, known, loss))
}

function checkTarget({ host = '', port, subset }: Target, namespace: string, known: KnownMesh, loss: Loss): Problem[] {
  const full = fullHost(host, namespace, known.clusterDomain)
  const ports = known.ports(full, namespace)
  const at = annotationPath('to')
  if (!ports) return [problem('hostUnknown', at, { found: full, namespace, loss })]
  if (isUnread(ports)) return [problem('targetUnread', at, { found: `host ${full}`, why: ports.unread })]
  const problems: Problem[] = []
  if (subset !== undefined) problems.push(...checkSubset(full, subset, known.subsets(full, namespace), loss))
  const allowed = listed(ports, String)
  if (port === undefined && ports.length > 1) problems.push(problem('portAmbiguous', at, { host: full, allowed }))
  if (port !== undefined && ports.length > 0 && !ports.includes(port)) {
    problems.push(problem('portUnknown', at, { host: full, found: String(port), allowed, loss }))
  }
  return problems
}

function checkSubset(host: string, subset: string, subsets: readonly string[] | Unread, loss: Loss): Problem[] {
  const at = annotationPath('to')
  const found = JSON.stringify(subset)
  if (isUnread(subsets)) {
    return [problem('targetUnread', at, { found: `subset ${found} of ${host}`, why: subsets.unread })]
  }
  if (subsets.includes(subset)) return []
  const allowed = subsets.length > 0 ? `use one of ${quoted(new Set(subsets))}` : 'it has none'
  return [problem('subsetUnknown', at, { host, found, allowed, loss })]
}

export function isUnread(value: unknown): value is Unread {
  return typeof value === 'object' && value !== null && 'unread' in value
}

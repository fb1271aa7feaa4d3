// The roots that route requests to a delegate, and which of its rules get none. Pure.
import { delegation, isDelegate, rootsOf, type Root } from '../../mirror/delegation.ts'
import { formatProblem, type Problem } from '../../mirror/problem.ts'
import { fullHost } from '../../mirror/host.ts'
import { readRules } from '../../mirror/kind-of.ts'
import type { Seen } from '../resources/all-virtual-services.ts'
import { mirrorsOf } from '../resources/destinations.ts'
import type { Surroundings } from './state.ts'
import type { StoredVirtualService } from '../resources/virtual-services.ts'

export interface Delegate {
  readonly roots: readonly Root[]
  /** The VirtualServices that the roots belong to. */
  readonly objects: readonly StoredVirtualService[]
  /** Why the delegate, or one of its mirrored rules, gets no requests. */
  readonly obstacles: readonly Problem[]
  /** Other findings, which stop no copies. */
  readonly remarks: readonly Problem[]
  /** The delegate as callers see it: with the first root's hosts and conditions. Undefined: no root reaches a mirrored rule. */
  readonly called?: StoredVirtualService
  readonly unread?: string
}

/** Undefined for a VirtualService with hosts of its own. */
export function delegateOf(object: StoredVirtualService, { objects, unread }: Seen): Delegate | undefined {
  if (!isDelegate(object)) return undefined
  const roots = rootsOf(object, objects)
  const { findings, rules } = delegation(object, roots)
  const isMirroring = readRules(object).map((rule) => mirrorsOf(rule).length > 0)
  const said = [
    ...findings.map((finding) => ({ finding, matters: true })),
    ...rules.flatMap((rule, index) =>
      rule.findings.map((finding) => ({
        finding,
        matters: isMirroring[index]! && finding.code === 'delegateConflicts'
      }))
    )
  ]
  const root = rules.find((rule, index) => isMirroring[index] && rule.keptBy.length > 0)?.keptBy[0]
  const kept = readRules(object).filter((_, index) => root && rules[index]?.keptBy.includes(root))
  const named = new Set(roots.map(({ namespace, name }) => `${namespace}/${name}`))
  return {
    roots,
    objects: objects.filter(({ metadata }) => named.has(`${metadata.namespace}/${metadata.name}`)),
    obstacles: said.filter(({ matters }) => matters).map(({ finding }) => finding),
    remarks: said.filter(({ matters }) => !matters).map(({ finding }) => finding),
    ...(root && { called: calledBy(root, { ...object, spec: { ...object.spec, http: kept } }, objects) }),
    ...(unread !== undefined && { unread })
  }
}

function calledBy(
  { namespace, name, rule }: Root,
  object: StoredVirtualService,
  objects: readonly StoredVirtualService[]
): StoredVirtualService {
  const root = objects.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name)
  const hosts = (root?.spec?.hosts ?? []).map((host) => fullHost(host, namespace))
  const http = readRules(object).map((own) => {
    const [above, below] = [rule.match?.[0], own.match?.[0]]
    return { ...own, match: [{ ...above, ...below, headers: { ...above?.headers, ...below?.headers } }] }
  })
  return { ...object, spec: { ...object.spec, hosts, http } }
}

/** An unreadable root is unknown, not missing. */
export function describeDelegate(
  delegate: Delegate | undefined
): Pick<Surroundings, 'noRoot' | 'rootConflict' | 'unknown'> {
  if (!delegate) return {}
  const { roots, obstacles, unread } = delegate
  if (roots.length === 0 && unread !== undefined)
    return { unknown: `unknown whether a VirtualService delegates here: ${unread}` }
  if (obstacles.length === 0) return {}
  return { [roots.length === 0 ? 'noRoot' : 'rootConflict']: obstacles.map(formatProblem).join('; ') }
}

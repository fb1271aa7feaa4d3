// How Istio merges a delegate into its roots: which rules it drops, and which of a root's mirrors no longer apply. Follows istiod's
// `mergeHTTPRoute` (pilot/pkg/model/virtualservice.go). Pure: the caller reads the roots.
import { PREFIX } from './annotations.ts'
import { fromDestination, nameOf } from './target.ts'
import { problem, type Problem } from './problem.ts'
import { isExportedTo } from './host.ts'
import { kindOf } from './kind-of.ts'
import type { RouteObject } from './route-kind.ts'
import { httpRules, type HttpMatch, type HttpRule, type StringMatch, type VirtualService } from './virtual-service.ts'

/** One rule of a VirtualService with hosts that delegates. */
export interface Root {
  readonly namespace: string
  readonly name: string
  /** `spec.http[2]` */
  readonly path: string
  readonly rule: HttpRule
}

export interface Delegation {
  /** About the whole object: it has no root, or is not exported to one. */
  readonly findings: readonly Problem[]
  /** One for each HTTP rule of the delegate, in order. */
  readonly rules: readonly DelegatedRule[]
}

export interface DelegatedRule {
  /** `spec.http[2]` of the delegate. */
  readonly path: string
  readonly name?: string
  /** The roots under which Istio keeps the rule. Without any, the rule gets no request. */
  readonly keptBy: readonly Root[]
  readonly findings: readonly Problem[]
}

/** A VirtualService without hosts: it gets requests only through roots. */
export function isDelegate(object: RouteObject): boolean {
  const { hosts } = (object.spec ?? {}) as NonNullable<VirtualService['spec']> // not read of an HTTPRoute
  return kindOf(object).name === 'VirtualService' && !hosts?.length
}

/** The rules of `objects` that delegate to this one. A delegate cannot delegate further. */
export function rootsOf({ metadata: own }: VirtualService, objects: Iterable<VirtualService>): Root[] {
  const roots: Root[] = []
  for (const object of objects) {
    const { namespace = '', name = '' } = object.metadata
    for (const [index, rule] of (isDelegate(object) ? [] : httpRules(object)).entries()) {
      const { delegate } = rule
      const isNamed = delegate?.name === own.name && (delegate?.namespace || namespace) === (own.namespace ?? '')
      if (isNamed) roots.push({ namespace, name, path: `spec.http[${index}]`, rule })
    }
  }
  return roots
}

/** `delegate` is the object as it is, or is to be, with our mirrors in it. */
export function delegation(delegate: VirtualService, roots: readonly Root[]): Delegation {
  const { namespace = '', name = '' } = delegate.metadata
  const visible = roots.filter((root) => isExportedTo(delegate.spec?.exportTo, namespace, root.namespace))
  const hidden = roots.filter((root) => !visible.includes(root))
  const findings =
    roots.length === 0
      ? [problem('delegateUnused', 'spec.hosts', { found: JSON.stringify(name), namespace: JSON.stringify(namespace) })]
      : hidden.map((root) =>
          problem('delegateHidden', 'spec.exportTo', { root: nameOfRoot(root), found: JSON.stringify(root.namespace) })
        )
  const http = httpRules(delegate)
  return { findings, rules: http.map((rule, index) => ruleUnder(rule, http[index + 1], index, visible, namespace)) }
}

function ruleUnder(
  rule: HttpRule,
  next: HttpRule | undefined,
  index: number,
  roots: readonly Root[],
  namespace: string
): DelegatedRule {
  const path = `spec.http[${index}]`
  const conflicts = roots.map((root) => ({ root, conflict: conflictUnder(root, rule, namespace) }))
  const keptBy = conflicts.flatMap(({ root, conflict }) => (conflict === undefined ? [root] : []))
  const findings = conflicts.flatMap(({ root, conflict }) => {
    const at = { root: nameOfRoot(root) }
    const effect = isClone(rule) ? 'nothing is copied' : 'it gets no request'
    if (conflict !== undefined) return [problem('delegateConflicts', path, { ...at, found: conflict, effect })]
    const lost = isClone(rule) ? lossUnder(root, rule, next, namespace) : undefined
    const ended = endedMirrors(rule, root).map((found) => problem('rootMirrorEnds', path, { ...at, found }))
    return lost === undefined ? ended : [problem('delegateConflicts', path, { ...at, ...lost }), ...ended]
  })
  return { path, ...(typeof rule.name === 'string' && { name: rule.name }), keptBy, findings }
}

/** A rule inherits only fields that it lacks; `mirror` and `mirrors` are two fields. */
function endedMirrors({ mirror, mirrors }: HttpRule, { rule }: Root): string[] {
  const ended = [
    ...(mirror && rule.mirror ? [rule.mirror] : []),
    ...(mirrors?.length ? (rule.mirrors ?? []).map(({ destination }) => destination ?? {}) : [])
  ]
  return ended.map((destination) => nameOf(fromDestination(destination)))
}

/** The first condition outside the root's: each branch must lie within one of the root's branches. */
function conflictUnder(root: Root, rule: HttpRule, namespace: string): string | undefined {
  const above = branchesOf(root.rule, root.namespace)
  if (above.length === 0) return undefined
  for (const [index, branch] of branchesOf(rule, namespace).entries()) {
    const conflicts = above.map((one) => branchConflict(one, branch))
    if (conflicts.every((conflict) => conflict !== undefined)) return `match[${index}]: ${conflicts[0]}`
  }
  return undefined
}

/** Istio merges each pair of branches without a conflict. Requests of a pair that only the rule has are not copied. */
function lossUnder(
  root: Root,
  clone: HttpRule,
  rule: HttpRule = {},
  namespace: string
): { readonly found: string; readonly effect: string } | undefined {
  const own = branchesOf(rule, namespace)
  for (const [index, branch] of branchesOf(clone, namespace).entries()) {
    const live = own[index]
    for (const [above, one] of branchesOf(root.rule, root.namespace).entries()) {
      const conflict = branchConflict(one, branch)
      if (conflict === undefined || (live && branchConflict(one, live) !== undefined)) continue
      return { found: `match[${index}]: ${conflict}`, effect: `what comes by its match[${above}] is not copied` }
    }
  }
  return undefined
}

/** Istio's `hasConflict`. */
function branchConflict(root: HttpMatch, leaf: HttpMatch): string | undefined {
  for (const field of ['uri', 'scheme', 'method', 'authority'] as const) {
    const conflict = stringConflict(field, root[field], leaf[field])
    if (conflict !== undefined) return conflict
  }
  for (const field of ['headers', 'withoutHeaders', 'queryParams'] as const) {
    for (const [key, match] of Object.entries(leaf[field] ?? {})) {
      const conflict = stringConflict(`${field}[${JSON.stringify(key)}]`, ownValue(root[field], key), match)
      if (conflict !== undefined) return conflict
    }
  }
  return plainConflict(root, leaf)
}

function plainConflict(root: HttpMatch, leaf: HttpMatch): string | undefined {
  if (!root.ignoreUriCase !== !leaf.ignoreUriCase) {
    return described('ignoreUriCase', Boolean(root.ignoreUriCase), Boolean(leaf.ignoreUriCase))
  }
  if (root.port && leaf.port && root.port !== leaf.port) return described('port', root.port, leaf.port)
  if (root.sourceNamespace && leaf.sourceNamespace !== root.sourceNamespace) {
    return described('sourceNamespace', root.sourceNamespace, leaf.sourceNamespace)
  }
  for (const [key, value] of Object.entries(leaf.sourceLabels ?? {})) {
    const above = ownValue(root.sourceLabels, key)
    if (above !== undefined && above !== value) return described(`sourceLabels[${JSON.stringify(key)}]`, above, value)
  }
  return gatewayConflict(root.gateways ?? [], leaf.gateways ?? [])
}

function gatewayConflict(root: readonly string[], leaf: readonly string[]): string | undefined {
  if (root.length === 0 || leaf.length === 0) return undefined
  const isWithin = leaf.length <= root.length && leaf.every((gateway) => root.includes(gateway))
  return isWithin ? undefined : described('gateways', root, leaf)
}

/** Istio's `stringMatchConflict`: a regex or a presence is within nothing, not even itself. */
function stringConflict(
  field: string,
  root: StringMatch | null | undefined,
  leaf: StringMatch | null | undefined
): string | undefined {
  if (!root || !leaf) return undefined
  const isWithin = root.prefix ? (leaf.prefix || leaf.exact)?.startsWith(root.prefix) : root.exact === leaf.exact
  return isWithin && (root.prefix || root.exact) ? undefined : described(field, root, leaf)
}

function described(field: string, root: unknown, leaf: unknown): string {
  const text = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value))
  return `${field} is ${text(leaf)}, the root's ${text(root)}`
}

/** With the names of gateways as Istio completes them. */
function branchesOf({ match }: HttpRule, namespace: string): HttpMatch[] {
  return (match ?? []).map((branch) => ({
    ...branch,
    gateways: (branch.gateways ?? []).map((name) => fullGateway(name, namespace))
  }))
}

function fullGateway(name: string, namespace: string): string {
  if (name === 'mesh') return name
  if (name.includes('/')) return name.replace(/^\.\//, `${namespace}/`)
  const [first = '', second] = name.split('.')
  return second === undefined ? `${namespace}/${first}` : `${second}/${first}`
}

/** See inject.ts. */
function isClone({ name }: HttpRule): boolean {
  return name?.startsWith(PREFIX) === true
}

function nameOfRoot({ namespace, name, path }: Root): string {
  return `${namespace}/${name} ${path}`
}

function ownValue<T>(values: Readonly<Record<string, T>> | null | undefined, key: string): T | undefined {
  return values && Object.hasOwn(values, key) ? values[key] : undefined
}

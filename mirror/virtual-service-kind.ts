// Istio's VirtualService as a kind of route: mirrors stand in `mirror` or `mirrors`. Decides nothing about which rules are mirrored.
import type { RawRule, RouteKind } from './route-kind.ts'
import { formatTarget, parseTarget, readTarget, toDestination, type ConcreteTarget } from './target.ts'
import type { Destination, HttpRule } from './virtual-service.ts'

export const VIRTUAL_SERVICE: RouteKind = {
  name: 'VirtualService',
  rulesAt: 'http',
  otherRulesAt: ['tcp', 'tls'],
  version: 'subset',
  clones: true,
  unsupported: {},
  nowhere: 'noRoute',
  bounds: { copies: 'set limit (limits.enabled)', bodies: 'set max-body' },
  read: (rule) => rule,
  withMirrors(rule, targets, { inDelegate }) {
    const isList = targets.length > 1 || listIn(rule)?.length || hasStrayPercentage(rule) || inDelegate
    return isList ? withMirrorList(rule, targets) : withMirror(rule, targets[0]!)
  },
  withoutMirrors: (rule, isOurs) => withoutMirrorList(withoutMirror(rule, isOurs), isOurs),
  roomIn: () => Infinity,
  emptyFields: (rule) => FIELDS.filter((name) => name in rule && !isFilled(rule[name])),
  parseTarget,
  readTarget,
  format: formatTarget,
  complete: (target, { host, port }) =>
    target.host ? target : { host: host ?? '', ...(port?.number && { port: port.number }), ...target },
  versionOf: ({ subset }) => subset ?? undefined
}

const FIELDS = ['mirror', 'mirrors'] as const
const PERCENTAGES = ['mirrorPercentage', 'mirrorPercent', 'mirror_percent'] as const

/** Without a mirror it has no effect; one of ours would take it on. */
export function hasStrayPercentage(rule: HttpRule): boolean {
  return !rule.mirror && PERCENTAGES.some((field) => field in rule)
}

function listIn(rule: HttpRule): HttpRule['mirrors'] {
  return rule.mirrors
}

function withMirror(rule: RawRule, target: ConcreteTarget): HttpRule {
  return { ...rule, mirror: toDestination(target), mirrorPercentage: { value: target.percent } }
}

function withMirrorList(rule: HttpRule, targets: readonly ConcreteTarget[]): HttpRule {
  const ours = targets.map((target) => ({ destination: toDestination(target), percentage: { value: target.percent } }))
  return { ...rule, mirrors: [...(rule.mirrors ?? []), ...ours] }
}

type IsOurs = (destination: Destination) => boolean

function withoutMirror(rule: HttpRule, isOurs: IsOurs): HttpRule {
  if (!rule.mirror || !isOurs(rule.mirror)) return rule
  const { mirror: _, mirrorPercentage: __, ...rest } = rule
  return rest
}

function withoutMirrorList(rule: HttpRule, isOurs: IsOurs): HttpRule {
  if (!rule.mirrors) return rule
  const mirrors = rule.mirrors.filter(({ destination }) => !destination || !isOurs(destination))
  if (mirrors.length === rule.mirrors.length) return rule
  const { mirrors: _, ...rest } = rule
  return mirrors.length > 0 ? { ...rule, mirrors } : rest
}

function isFilled(mirror: unknown): boolean {
  return Array.isArray(mirror) ? mirror.length > 0 : mirror !== null && mirror !== undefined
}

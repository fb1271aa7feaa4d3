// The target grammar [HOST[:PORT]/]SUBSET[=PERCENT], both ways. Knows no annotation and no rule.
import { fullHost, isSameHost, NOWHERE, type Place } from './host.ts'
import { problem, quote, type Problem } from './problem.ts'
import type { Destination } from './virtual-service.ts'

/** A target as asked for; without a host it takes that of each rule's own primary destination. */
export interface Target {
  readonly host?: string
  readonly port?: number
  /** Absent: the whole host, written `shadow/`. */
  readonly subset?: string
  /** 0.0001..100; absent: the `percent` annotation, or 100. */
  readonly percent?: number
}

/** A target with every default filled in: what goes into a rule. */
export interface ConcreteTarget extends Target {
  readonly host: string
  readonly percent: number
  /** Copies go to a subset of its own that limits them (see limited-subset.ts). */
  readonly limited?: true
}

const TARGET = /^(?:(?<host>[^/:=]*)(?::(?<port>[^/:=]*))?\/)?(?<subset>[^/:=]*)(?:=(?<percent>[^/:=]*))?$/
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
/** Istio accepts upper case. */
const SUBSET = /^[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/

/** `path` is the field path of its problems. */
export function parseTarget(text: string, path: string): Target | Problem[] {
  const groups = TARGET.exec(text)?.groups
  if (!groups || (!groups.subset && !groups.host)) return [problem('targetInvalid', path, { found: quote(text) })]
  const { host, port, subset, percent } = groups
  const share = percent === undefined ? undefined : parsePercent(percent, path)
  const problems = [...nameProblems(groups, path), ...(typeof share === 'object' ? [share] : [])]
  if (problems.length > 0) return problems
  return {
    ...(host && { host }),
    ...(port && { port: Number(port) }),
    ...(subset && { subset }),
    ...(typeof share === 'number' && { percent: share })
  }
}

/** Envoy counts in millionths and drops the rest, so more than four decimals would have no effect. */
export function parsePercent(text: string, path: string): number | Problem {
  const value = /^\d{1,3}(\.\d{1,4})?$/.test(text) ? Number(text) : Number.NaN
  if (value >= 0.0001 && value <= 100) return value
  return problem('percentInvalid', path, { found: quote(text), to: 'kubectl-mirror.dev/to' })
}

/**
 * Reads what formatTarget wrote, without further checks: hosts come from the user's own rules, which may name other things than
 * Services, such as `*.example.com`.
 */
export function readTarget(text: string): Target | undefined {
  const groups = TARGET.exec(text)?.groups
  if (!groups?.host) return undefined
  const { host, port, subset } = groups
  return { host, ...(port && { port: Number(port) }), ...(subset && { subset }) }
}

/** Whether formatTarget can write this host so that readTarget reads it again. */
export function isWritable(host: string): boolean {
  return /^[^/:=,\s]+$/.test(host)
}

export function formatTarget(target: Target): string {
  const port = target.port === undefined ? '' : `:${target.port}`
  const host = target.host === undefined ? '' : `${target.host}${port}/`
  const percent = target.percent === undefined ? '' : `=${target.percent}`
  return `${host}${target.subset ?? ''}${percent}`
}

/** A target's name for people, without the percentage. */
export function nameOf({ host, port, subset }: Target): string {
  return formatTarget({ ...(host && { host }), ...(port && { port }), ...(subset && { subset }) }).replace(/\/$/, '')
}

export function toDestination({ host, port, subset }: ConcreteTarget): Destination {
  return { host, ...(subset && { subset }), ...(port && { port: { number: port } }) }
}

/** Like `sameDestination`, for a rule's destination. Called for every rule and target, so it allocates nothing. */
export function isDestinationOf(destination: Destination, target: Target, place: Place): boolean {
  return (destination.port?.number || undefined) === target.port && isVersionOf(destination, target, place)
}

/** Whether a destination is one of the targets. Called for every mirror: it compares with few, and looks up many. */
export function oneOf(targets: readonly Target[], place: Place): (destination: Destination) => boolean {
  if (targets.length <= FEW)
    return (destination) => targets.some((target) => isDestinationOf(destination, target, place))
  const keys = new Set(targets.map((target) => keyOf(target, place)))
  return (destination) => keys.has(keyOf(fromDestination(destination), place))
}

const FEW = 16

/** Equal for equal destinations. */
export function keyOf({ host = '', port, subset = '' }: Target, { namespace, clusterDomain }: Place): string {
  return `${port ?? ''}\n${subset}\n${fullHost(host, namespace, clusterDomain)}`
}

/** Same host and subset, whatever the port. */
export function isVersionOf({ host, subset }: Destination, target: Target, place: Place): boolean {
  return (subset || undefined) === target.subset && isSameHost(host ?? '', target.host ?? '', place)
}

export function fromDestination({ host, port, subset }: Destination): Target {
  return { ...(host && { host }), ...(port?.number && { port: port.number }), ...(subset && { subset }) }
}

/** Same host to Istio, same subset, same port; percentages do not count. */
export function sameDestination(a: Target, b: Target, place: Place = NOWHERE): boolean {
  return a.subset === b.subset && a.port === b.port && isSameHost(a.host ?? '', b.host ?? '', place)
}

function nameProblems({ host, port, subset }: Record<string, string | undefined>, path: string): Problem[] {
  return [
    ...(host === undefined || isHost(host) ? [] : [problem('hostInvalid', path, { found: quote(host) })]),
    ...(port === undefined || isPort(port) ? [] : [problem('portInvalid', path, { found: quote(port) })]),
    ...(!subset || SUBSET.test(subset) ? [] : [problem('subsetInvalid', path, { found: quote(subset) })])
  ]
}

function isHost(text: string): boolean {
  return text.length <= 253 && text.split('.').every(isLabel)
}

/** Of a host name, and the name of a Service or a namespace. */
export function isLabel(text: string): boolean {
  return DNS_LABEL.test(text)
}

export function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535
}

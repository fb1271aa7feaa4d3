// `--fail-on 'status>0.1%,p99>20%,missing>1%'`: its grammar, and whether a run passes. Prints nothing.
import { UserError } from '../../io/errors.ts'
import { isLatency, type FieldVerdict, type FieldsVerdict, type Metric, type Verdict } from './verdict.ts'
import { isNoise } from './noise.ts'

export interface Gate {
  readonly metric: Metric
  readonly limit: number
  readonly unit: Unit
}

type Unit = '%' | 'ms' | 'B'

/** The metrics of conditions, their units, and what they mean. */
export const METRICS: Readonly<Record<Metric, { readonly units: readonly Unit[]; readonly meaning: string }>> = {
  status: { units: ['%'], meaning: 'matches with another status' },
  p50: { units: ['%', 'ms'], meaning: 'how far the median latency of the copies is above that of the live requests' },
  p95: { units: ['%', 'ms'], meaning: 'the same of the 95th percentile' },
  p99: { units: ['%', 'ms'], meaning: 'the same of the 99th percentile' },
  size: {
    units: ['%', 'B'],
    meaning: 'how far the mean size of the copies is above or below that of the live responses'
  },
  missing: { units: ['%'], meaning: 'expected copies that did not arrive' },
  field: {
    units: ['%'],
    meaning: 'matches that differ in a header or a field of the body, of the worst field (diff alone)'
  }
}

/** Metrics that a command has no data for. */
export interface Unmeasurable {
  readonly metrics: readonly Metric[]
  readonly why: string
}

/** Every mistake is reported. */
export function parseGates(text: string, { metrics, why }: Unmeasurable = { metrics: [], why: '' }): Gate[] {
  const parsed = text.split(',').map((part) => parseGate(part.trim()))
  const gates = parsed.filter((gate) => typeof gate !== 'string')
  const problems = parsed.filter((gate) => typeof gate === 'string')
  const unmeasurable = [...new Set(gates.map(({ metric }) => metric))].filter((metric) => metrics.includes(metric))
  const allowed = Object.entries(METRICS).flatMap(([metric, { units }]) =>
    metrics.includes(metric as Metric) ? [] : `${metric} (${units.join(' or ')})`
  )
  const messages = [
    ...(problems.length > 0
      ? [
          `--fail-on: ${problems.join('; ')}\nwrite METRIC>NUMBER UNIT, with commas between: 'status>0.1%,p99>20%'; ` +
            `metrics and their units are ${allowed.join(', ')}`
        ]
      : []),
    ...(unmeasurable.length > 0 ? [`--fail-on: ${unmeasurable.join(', ')}: ${why}`] : [])
  ]
  if (messages.length > 0) throw new UserError(messages)
  return gates
}

function parseGate(text: string): Gate | string {
  const { metric, limit, unit } = GATE.exec(text)?.groups ?? {}
  if (metric === undefined) return `${JSON.stringify(text)} is not a condition`
  if (!isMetric(metric)) return `${JSON.stringify(metric)} in ${JSON.stringify(text)} is not a metric`
  const { units } = METRICS[metric]
  const found = units.find((one) => one === unit)
  if (!found) return `${JSON.stringify(text)} needs a unit: ${units.join(' or ')}`
  return { metric, limit: Number(limit), unit: found }
}

const GATE = /^(?<metric>\w+)\s*>\s*(?<limit>\d+(?:\.\d+)?)\s*(?<unit>%|[a-zA-Z]*)$/

function isMetric(text: string): text is Metric {
  return Object.hasOwn(METRICS, text)
}

/**
 * - `failed`: some endpoint exceeds the limit, beyond noise.
 * - `unclear`: exceeded, but it may be noise. It is reported, and does not fail a build.
 * - `unmeasured`: no endpoint has data for it: nothing was compared, the records lack it, or the run was too short.
 * - `passed`: no endpoint exceeds the limit.
 */
export interface GateResult {
  readonly gate: string
  readonly result: 'passed' | 'failed' | 'unclear' | 'unmeasured'
  readonly endpoints: readonly string[]
  /** Why it is `unmeasured`. */
  readonly why?: string
}

/** What keeps conditions from being evaluated, in words. */
export interface Obstacles {
  /** No condition can be evaluated. */
  readonly toAny?: string
  /** Conditions may fail, but cannot pass. */
  readonly toPassing?: string
}

export function evaluate(
  gates: readonly Gate[],
  verdicts: readonly Verdict[],
  { toAny, toPassing }: Obstacles = {}
): GateResult[] {
  return gates.map((gate) => {
    const name = formatGate(gate)
    const unmeasured = (why: string): GateResult => ({ gate: name, result: 'unmeasured', endpoints: [], why })
    if (toAny !== undefined) return unmeasured(toAny)
    if (!verdicts.some((verdict) => canFail(gate, verdict))) return unmeasured(whyUnmeasured(gate, verdicts))
    const exceeding = verdicts.filter((verdict) => exceeds(gate, verdict))
    const proven = exceeding.filter((verdict) => isProven(gate, verdict))
    if (proven.length === 0 && toPassing !== undefined) return unmeasured(toPassing)
    const result = proven.length > 0 ? 'failed' : exceeding.length > 0 ? 'unclear' : 'passed'
    const named = proven.length > 0 ? proven : exceeding
    return { gate: name, result, endpoints: named.map((one) => `${one.endpoint} (${measure(gate, one)})`) }
  })
}

function whyUnmeasured({ metric }: Gate, verdicts: readonly Verdict[]): string {
  if (!verdicts.some(({ compared }) => compared > 0) && metric !== 'missing') return 'nothing was compared'
  if (metric === 'missing') return 'the records do not show which copies were due, or whether all were read'
  if (!isLatency(metric)) return 'the records do not show it'
  const isTimed = verdicts.some(({ latency }) => latency !== undefined)
  return isTimed ? 'the run was too short for latency' : 'the records show no latency'
}

/** Each field has its own verdict: that another field differs proves nothing. */
function isProven(gate: Gate, { fields, findings }: Verdict): boolean {
  if (gate.metric !== 'field') return findings.some(({ metric }) => metric === gate.metric)
  return judgedFields(fields).some(({ judgement, rate }) => judgement === 'differs' && 100 * rate > gate.limit)
}

/** A condition that no data could fail does not pass. */
function canFail(gate: Gate, verdict: Verdict): boolean {
  return valueOf(gate, verdict) !== undefined && !(isLatency(gate.metric) && verdict.isTooShort)
}

function exceeds(gate: Gate, verdict: Verdict): boolean {
  const value = valueOf(gate, verdict)
  return value !== undefined && value > gate.limit
}

/** Undefined: this endpoint has no data. */
function valueOf({ metric, unit }: Gate, verdict: Verdict): number | undefined {
  switch (metric) {
    case 'status':
      return verdict.compared > 0 ? 100 * verdict.statusDiffer : undefined
    case 'missing':
      return verdict.expected > 0 ? 100 * verdict.missing : undefined
    case 'field':
      return verdict.fields && verdict.fields.compared > 0 ? worstRate(verdict.fields) : undefined
    case 'size': {
      const { means, beyondEcho = 0 } = verdict.size ?? {}
      return means && Math.abs(difference(means.live, means.live + beyondEcho, unit))
    }
    default:
      return verdict.latency && difference(verdict.latency.live[metric], verdict.latency.copy[metric], unit)
  }
}

/** In percent, without noise. Fields that were not kept may all be the same one. */
function worstRate(verdict: FieldsVerdict): number {
  const others = Math.min(1, verdict.otherFields / verdict.compared)
  return 100 * Math.max(others, judgedFields(verdict)[0]?.rate ?? 0)
}

/** The worst first; the status has a condition of its own. */
function judgedFields(verdict: FieldsVerdict | undefined): FieldVerdict[] {
  const judged = verdict?.fields.filter(({ field, judgement }) => field !== 'status' && !isNoise(judgement)) ?? []
  return judged.toSorted((one, other) => other.rate - one.rate)
}

/** In percent of at least one byte or millisecond, so that 0 has a difference, too. */
function difference(live: number, copy: number, unit: Unit): number {
  return unit === '%' ? (100 * (copy - live)) / Math.max(1, live) : copy - live
}

function measure(gate: Gate, verdict: Verdict): string {
  if (gate.metric === 'field' && verdict.fields) return measureFields(gate, verdict.fields)
  return `${rounded(valueOf(gate, verdict) ?? 0)} ${gate.unit}`
}

/** Names all fields that fail the condition, or else those that exceed it. */
function measureFields({ limit }: Gate, verdict: FieldsVerdict): string {
  const exceeding = judgedFields(verdict).filter(({ rate }) => 100 * rate > limit)
  const proven = exceeding.filter(({ judgement }) => judgement === 'differs')
  const named = proven.length > 0 ? proven : exceeding
  if (named.length === 0) return `further fields ${rounded(worstRate(verdict))} %`
  return named.map(({ field, rate }) => `${field} ${rounded(100 * rate)} %`).join(', ')
}

function rounded(value: number): number {
  return Number(value.toPrecision(3))
}

function formatGate({ metric, limit, unit }: Gate): string {
  return `${metric}>${limit}${unit}`
}

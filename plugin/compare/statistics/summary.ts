// A whole run in one value: what every view shows, and what `-o json` prints. Pure.
import { evaluate, type Gate, type Obstacles, type GateResult } from './gate.ts'
import type { IncompleteRecords, Run } from './run.ts'
import type { Interval } from './timeline.ts'
import type { DiffMetadata } from './field-tally.ts'
import type { RecordSource, Workload } from '../sources/record.ts'
import { judge } from './judge.ts'
import type { Verdict } from './verdict.ts'
import { plural } from '../../io/plural.ts'
import type { Worst } from './evidence.ts'

/** What is compared, as a reader should see it. */
export interface Subject {
  readonly name: string
  readonly namespace: string
  readonly context: string
  /** Labels of the versions that answer. */
  readonly live: readonly string[]
  /** The label of the version that gets the copies. */
  readonly mirror: string
  /** The share of requests that is mirrored, 0..100: of several rules the largest. */
  readonly percent: number
  /** The mirrored version answers live requests too. */
  readonly mirrorServesLive: boolean
  readonly source: Pick<RecordSource, 'name' | 'approximate' | 'blindTo' | 'isPartial' | 'ifSilent'>
}

export interface Summary extends Subject {
  /** Of the first and the last live request. Absent: there was none. */
  readonly from?: Date
  readonly to?: Date
  readonly requests: number
  /** Records read, of either version. */
  readonly records: Readonly<Record<Workload, number>>
  readonly copied: number
  readonly unknown: number
  readonly expected: number
  readonly arrived: number
  readonly compared: number
  /** Copied, and not compared: one of the responses was cut off before it came. */
  readonly cut: number
  readonly orphans: number
  /** Of the records read, those that leave something out, and lines that could not be read. */
  readonly doubts: Omit<IncompleteRecords, 'take' | 'takeUnread'>
  readonly retried: number
  /** Unpaired because too many were waiting, not because the other half did not come. */
  readonly overflowed: number
  /** Unpaired when some pod served requests unseen: not counted. */
  readonly blind: number
  /** Unpaired at the run's begin or end: not counted. */
  readonly edges: number
  /** Unpaired at a time when the source did not see each request yet. */
  readonly unsettled: number
  readonly endpoints: readonly Verdict[]
  readonly gates: readonly GateResult[]
  readonly timeline: { readonly width: number; readonly intervals: readonly Interval[] }
  readonly worst: Worst
  /** Why the run ended before its limit, or its records did. */
  readonly cutOff?: string
  /** The limits that the run was given, as flags. */
  readonly limits: string
  /** Absent: the records show no headers and bodies. */
  readonly bodies?: DiffMetadata
}

/** How a run was made and how it ended. */
export interface Ending {
  /** As flags: `--for 10m --requests 30`; empty: until it is ended by hand. */
  readonly limits?: string
  readonly cutOff?: string
}

export function summarise(
  subject: Subject,
  run: Run,
  gates: readonly Gate[],
  { limits = '', cutOff }: Ending = {}
): Summary {
  const endpoints = judge(run.tally.endpoints.values(), {
    arrivals: run.knowsArrivals,
    ...(run.fields && { fields: run.fields })
  })
  const sum = (of: (verdict: Verdict) => number): number => endpoints.reduce((total, one) => total + of(one), 0)
  return {
    ...subject,
    limits,
    ...(cutOff !== undefined && { cutOff }),
    ...(run.requests > 0 && { from: new Date(run.first), to: new Date(run.last) }),
    requests: run.requests,
    records: run.records,
    doubts: run.doubts,
    copied: sum(({ copied }) => copied),
    unknown: sum(({ unknown }) => unknown),
    expected: sum(({ expected }) => expected),
    arrived: sum(({ arrived }) => arrived),
    compared: sum(({ compared }) => compared),
    cut: sum(({ cut }) => cut),
    orphans: sum(({ orphans }) => orphans),
    retried: sum(({ retried }) => retried),
    overflowed: run.overflowed,
    blind: run.blind,
    edges: run.edges,
    unsettled: run.unsettled,
    endpoints,
    gates: evaluate(gates, endpoints, obstacles(run, limits, cutOff)),
    timeline: { width: run.timeline.width, intervals: run.timeline.intervals() },
    worst: run.worst,
    ...(run.fields && { bodies: run.fields.metadata() })
  }
}

/** Why no condition can have passed, whatever the figures; undefined: nothing stands in the way. */
function obstacles({ doubts: { unread } }: Run, limits: string, cutOff: string | undefined): Obstacles {
  const lines = unread.live + unread.mirror
  return {
    ...(lines > 0 && { toAny: `${plural(lines, 'line')} of the access logs could not be read` }),
    ...(cutOff !== undefined && limits !== '' && { toPassing: `the run ended before ${limits}` })
  }
}

/** The exit codes of compare; 1 is any error. */
export const EXIT = { passed: 0, gateFailed: 2, gateUnmeasured: 3 } as const

/** A gate that saw nothing did not pass. */
export function exitCode({ gates }: Pick<Summary, 'gates'>): number {
  if (gates.some(({ result }) => result === 'failed')) return EXIT.gateFailed
  return gates.some(({ result }) => result === 'unmeasured') ? EXIT.gateUnmeasured : EXIT.passed
}

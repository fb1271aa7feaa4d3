// The result of a run: what every view shows, and `-o json` prints. Pure.
import { evaluate, type Gate, type Obstacles, type GateResult } from './gate.ts'
import type { IncompleteRecords, Run } from './run.ts'
import type { Interval } from './timeline.ts'
import type { DiffMetadata } from './field-tally.ts'
import type { RecordSource } from '../sources/record.ts'
import { judge } from './judge.ts'
import { sumOf } from './tally.ts'
import type { Counts, Verdict } from './verdict.ts'
import { plural } from '../../io/format.ts'

/** What is compared. */
export interface Subject {
  readonly name: string
  readonly namespace: string
  readonly context: string
  /** Labels of the live versions. */
  readonly live: readonly string[]
  /** Label of the version that gets the copies. */
  readonly mirror: string
  /** The share of requests that is mirrored, 0..100: of several rules the largest. */
  readonly percent: number
  /** The mirrored version also serves live requests. */
  readonly mirrorServesLive: boolean
  /** Most copies that each caller keeps open; `unknown` where a policy says it. Absent: there is no limit. */
  readonly limit?: number | 'unknown'
  readonly source: Pick<RecordSource, 'name' | 'approximate' | 'blindTo' | 'isPartial' | 'ifSilent' | 'sample'>
}

export interface Summary
  extends
    Subject,
    Readonly<Counts>,
    Readonly<Pick<Run, 'records' | 'overflowed' | 'behind' | 'blind' | 'edges' | 'unsettled' | 'worst'>> {
  /** Of the first and the last live request. Absent: there was none. */
  readonly from?: Date
  readonly to?: Date
  /** Incomplete records, and lines that could not be read. */
  readonly doubts: Omit<IncompleteRecords, 'take' | 'takeUnread'>
  readonly endpoints: readonly Verdict[]
  readonly gates: readonly GateResult[]
  readonly timeline: { readonly width: number; readonly intervals: readonly Interval[] }
  /** Why the run ended early. */
  readonly cutOff?: string
  /** The limits of the run, as flags. */
  readonly limits: string
  /** Absent: the records show no headers and bodies. */
  readonly bodies?: DiffMetadata
}

/** The limits of a run, and how it ended. */
export interface Ending {
  /** As flags: `--for 10m --requests 30`. Empty: until Ctrl-C. */
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
  return {
    ...subject,
    limits,
    ...(cutOff !== undefined && { cutOff }),
    ...(run.requests > 0 && { from: new Date(run.first), to: new Date(run.last) }),
    ...sumOf(endpoints),
    records: run.records,
    doubts: run.doubts,
    overflowed: run.overflowed,
    behind: run.behind,
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

/** Why no condition can pass, whatever the figures. */
function obstacles({ doubts: { unread } }: Run, limits: string, cutOff: string | undefined): Obstacles {
  const lines = unread.live + unread.mirror
  return {
    ...(lines > 0 && { toAny: `${plural(lines, 'line')} of the access logs could not be read` }),
    ...(cutOff !== undefined && limits !== '' && { toPassing: `the run ended before ${limits}` })
  }
}

/** Exit codes; 1 is any error. */
export const EXIT = { passed: 0, gateFailed: 2, gateUnmeasured: 3 } as const

/** A condition without data did not pass. */
export function exitCode({ gates }: Pick<Summary, 'gates'>): number {
  if (gates.some(({ result }) => result === 'failed')) return EXIT.gateFailed
  return gates.some(({ result }) => result === 'unmeasured') ? EXIT.gateUnmeasured : EXIT.passed
}

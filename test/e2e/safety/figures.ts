// From what two callers saw in a phase to the figures of a row of docs/safety.md. Pure.
import type { Phase, SentRequest } from './callers.ts'

export interface Row {
  readonly fault: string
  /** Requests a second. */
  readonly rate: number
  /** With `limit`, and with `max-body` where bodies are sent. */
  readonly bounded: Trial
  /** With neither. Absent in the short form. */
  readonly unbounded?: Trial
}

/** Without a mirror, with one for so many seconds, and without one again. */
export interface Trial {
  readonly seconds: number
  readonly before: Figures
  readonly during: Figures
  readonly after: Figures
}

export interface Figures {
  readonly requests: number
  /** Of the mirrored caller's requests: how many by status or reason. */
  readonly failed: Readonly<Record<string, number>>
  /** Of the caller's beside it. */
  readonly failedBeside: number
  /** Of requests without a body, milliseconds: the mirrored caller's, and that of the caller beside it, medians over windows. */
  readonly p99: readonly [mirrored: number, control: number]
  /** The median over windows of the one divided by the other. */
  readonly ratio: number
  /** The longest upload of each caller, milliseconds; absent: there were none. */
  readonly upload?: readonly [mirrored: number, control: number]
  /** Bytes that the caller's sidecar had allocated at most, beyond what it had before. */
  readonly gained: number
  /** Copies that were open at most. */
  readonly open: number
  /** Copies that a limit dropped. */
  readonly dropped: number
}

/** Seconds. */
const WINDOW = 4

export function figuresOf(mirrored: Phase, control: Phase, before: Phase): Figures {
  const p99s = windows(mirrored).flatMap((own, index) => {
    const other = windows(control)[index]
    return other === undefined ? [] : [[p99(own), p99(other)] as const]
  })
  const uploads = [mirrored, control].map(({ requests }) => requests.filter(hasBody).map(([, time]) => time))
  const dropped = mirrored.samples.map(([, , count]) => count)
  const allocated = ({ samples }: Phase) => samples.map(([bytes]) => bytes)
  return {
    requests: mirrored.requests.length,
    failed: failuresOf(mirrored),
    failedBeside: control.requests.filter(hasFailed).length,
    p99: [median(p99s.map(([own]) => own)), median(p99s.map(([, other]) => other))],
    ratio: median(p99s.map(([own, other]) => own / other)),
    ...(uploads[0]!.length > 0 && { upload: [Math.max(...uploads[0]!), Math.max(...uploads[1]!)] }),
    gained: Math.max(...allocated(mirrored)) - median(allocated(before)),
    open: Math.max(...mirrored.samples.map(([, count]) => count)),
    dropped: Math.max(...dropped) - Math.min(...dropped)
  }
}

function failuresOf({ requests }: Phase): Record<string, number> {
  const failed: Record<string, number> = {}
  for (const [, , outcome] of requests.filter(hasFailed)) failed[outcome] = (failed[outcome] ?? 0) + 1
  return failed
}

function hasFailed([, , outcome]: SentRequest): boolean {
  return outcome !== '200'
}

/** The latencies of requests without a body, by windows; what is left over at the end belongs to the last. */
function windows({ requests }: Phase): number[][] {
  const small = requests.filter((request) => !hasBody(request))
  const last = Math.max(0, Math.floor(Math.max(...small.map(([at]) => at)) / WINDOW) - 1)
  const found: number[][] = Array.from({ length: last + 1 }, () => [])
  for (const [at, time] of small) found[Math.min(last, Math.floor(Math.max(0, at) / WINDOW))]!.push(time)
  return found
}

function hasBody([, , , bytes]: SentRequest): boolean {
  return bytes > 0
}

function p99(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

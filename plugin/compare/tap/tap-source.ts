// Whole answers as a source of records: taps at both versions' sidecars for as long as a run needs them, and no longer.
import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from '../../client/client.ts'
import type { BodyBudget } from './body-budget.ts'
import { sizeOf } from '../responses/response.ts'
import type { Redactor } from '../responses/redact.ts'
import type { Trace } from './trace.ts'
import { DRAIN, maskRequestId, type RequestRecord, type RecordSource } from '../sources/record.ts'
import { isNotFound, UserError } from '../../io/errors.ts'
import { selectionsOf, type Selection } from '../../follow/selections.ts'
import type { Version } from '../../resources/versions.ts'
import type { Baseline } from './baseline.ts'
import { addTapFilters, LEASE, removeExpired, type TapFilters } from './envoy-filter.ts'
import { checkSidecars } from './preflight.ts'
import { leftBehind, takeAway } from '../sources/cleanup.ts'
import { longestTrace, tapRequest, type Capture } from './tap-request.ts'
import { Taps } from './taps.ts'

export interface TapOptions {
  readonly cluster: Cluster
  readonly versions: readonly Version[]
  /** Kept up as long as the taps are. */
  readonly baseline?: Baseline
  readonly capture: Capture
  readonly redactor: Redactor
  readonly budget: BodyBudget
  /** A connection became something else than HTTP, or the copy of its request was to. */
  readonly onUpgrade: () => void
  /** Exchanges were too long, or could not be read. */
  readonly onLost: (count: number) => void
  readonly say: (text: string) => void
  readonly signal: AbortSignal
}

/** Before anything is changed: takes away what killed runs left behind, and refuses where no tap can be had. */
export async function prepareTaps({ cluster, versions, signal }: Pick<TapOptions, 'cluster' | 'versions' | 'signal'>) {
  const selections = selectionsOf(versions)
  const namespaces = new Set(selections.map(({ namespace }) => namespace))
  for (const namespace of namespaces) await removeExpired(cluster, namespace, new Date())
  await checkSidecars(cluster, selections, signal)
}

/** Whatever ends the act, Ctrl-C and a lost connection included, ends the taps, and takes their filters away. */
export async function withTaps<T>(options: TapOptions, act: (source: RecordSource) => Promise<T>): Promise<T> {
  const { cluster, say, signal } = options
  const selections = selectionsOf(options.versions)
  const filters = await addTapFilters(cluster, selections, new Date())
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  let take: (exchange: RequestRecord) => void = () => {}
  const taps = new Taps({
    cluster,
    sources: selections,
    request: tapRequest(filters.configId, options.capture),
    longest: longestTrace(options.capture.maxBody),
    onTrace: (trace, selection, pod) => {
      if (isUpgrade(trace)) options.onUpgrade()
      else take(toExchange(trace, selection, pod, options))
    },
    onLost: options.onLost,
    say,
    now: Date.now
  })
  try {
    await taps.open(either)
    return await act({
      name: "whole responses, from both versions' sidecars (Envoy's tap)",
      approximate: false,
      blindTo:
        'Latency is that of the response headers. Responses that have not ended, such as open event streams, are not seen.',
      wasBlind: (at) => taps.blind.has(at),
      settled: Date.now() + DRAIN,
      read: async (onExchange, _, until) => {
        take = onExchange
        await Promise.race([
          ended(until),
          taps.lost,
          keepAlive([filters, ...(options.baseline ? [options.baseline] : [])], either)
        ])
      }
    })
  } finally {
    stop.abort()
    const removed = taps.closed().then(() => filters.remove())
    const left = await takeAway('the tap filters', say, removed)
    for (const name of left) say(`warning: ${leftBehind(cluster, name)}`)
  }
}

/** The copy may be answered otherwise: nothing talks on it. */
function isUpgrade({ answer }: Trace): boolean {
  return answer.status === SWITCHING || answer.request.headers.has('upgrade')
}

const SWITCHING = 101

function toExchange(trace: Trace, { role }: Selection, pod: string, { redactor, budget }: TapOptions): RequestRecord {
  const { answer, requestId, forwarded, requested, responded } = trace
  const { method, path, authority } = answer.request
  const now = Date.now()
  const shown = redactor.path(path)
  const bytes = sizeOf(answer)
  budget.hold(answer, now)
  return {
    workload: role === 'live' ? 'live' : 'mirror',
    pod,
    at: requested ?? now,
    ended: now,
    ...(requestId !== undefined && { id: maskRequestId(requestId), requestId }),
    method,
    path: shown,
    // The caller's proxy puts it there when it rewrites the path.
    asked: answer.request.headers.get('x-envoy-original-path') ?? path,
    status: answer.status,
    ...(bytes !== undefined && { bytes }),
    ...(requested !== undefined && responded !== undefined && { duration: responded - requested }),
    forwarded,
    authority,
    line: `${method} ${authority}${shown} ${answer.status} ${requestId ?? '-'}`,
    answer
  }
}

/** Rejects when one is gone, for then nothing is recorded any more; a connection that breaks may come back. */
async function keepAlive(leases: readonly Pick<TapFilters, 'renew'>[], signal: AbortSignal): Promise<never> {
  for (;;) {
    await pause(LEASE / 3, undefined, { signal })
    try {
      await Promise.all(leases.map((lease) => lease.renew(new Date())))
    } catch (error) {
      if (isNotFound(error))
        throw new UserError(`an EnvoyFilter of this run was deleted by someone else: ${error.message}`, {
          cause: error
        })
    }
  }
}

async function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}

// Whole responses as a source of records: taps both versions' sidecars for the length of a run.
import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from '../../client/client.ts'
import type { BodyBudget } from './body-budget.ts'
import { sizeOf } from '../responses/response.ts'
import type { Redactor } from '../responses/redact.ts'
import type { Trace } from './trace.ts'
import { DRAIN, maskRequestId, type RequestRecord, type RecordSource } from '../sources/record.ts'
import { isNotFound, UserError } from '../../io/errors.ts'
import { announceRemoval, describeLeftover, removeExpired } from '../../resources/temporary-objects.ts'
import { selectionsOf, type Selection } from '../../follow/origin.ts'
import type { Version } from '../../resources/versions.ts'
import type { Baseline } from './baseline.ts'
import { addTapFilters, ENVOY_FILTER, LEASE, leaseFrom, type TapFilters } from './envoy-filter.ts'
import { checkSidecars } from './preflight.ts'
import { longestTrace, tapRequest, type Capture } from './tap-request.ts'
import { aborted, Taps, type TapsOptions } from './taps.ts'

export interface TapOptions extends Pick<TapsOptions, 'cluster' | 'onLost' | 'say'> {
  readonly versions: readonly Version[]
  /** Renewed as long as the taps are. */
  readonly baseline?: Baseline
  readonly capture: Capture
  readonly redactor: Redactor
  readonly budget: BodyBudget
  /** A connection was upgraded to another protocol, or its copy asked for that. */
  readonly onUpgrade: () => void
  readonly signal: AbortSignal
  readonly now: () => Date
}

/** Removes what killed runs left behind. Throws a UserError where no tap can be opened. */
export async function prepareTaps(
  cluster: Cluster,
  versions: readonly Version[],
  now: () => Date,
  signal: AbortSignal
): Promise<void> {
  const selections = selectionsOf(versions)
  const namespaces = new Set(selections.map(({ namespace }) => namespace))
  for (const namespace of namespaces) await removeExpired(cluster, ENVOY_FILTER, namespace, now())
  await checkSidecars(cluster, selections, { signal, now: () => now().getTime() })
}

/** Closes the taps and removes their filters however the act ends, also by Ctrl-C or a lost connection. */
export async function withTaps<T>(options: TapOptions, act: (source: RecordSource) => Promise<T>): Promise<T> {
  const { cluster, say, signal } = options
  const now = (): number => options.now().getTime()
  const selections = selectionsOf(options.versions)
  const filters = await addTapFilters(cluster, selections, options.now())
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  let take: (record: RequestRecord) => void = () => {}
  const taps = new Taps({
    cluster,
    selections,
    request: tapRequest(filters.configId, options.capture),
    longest: longestTrace(options.capture.maxBody),
    onTrace: (trace, selection, pod) => {
      if (isUpgrade(trace)) options.onUpgrade()
      else take(toRecord(trace, selection, pod, options))
    },
    onLost: options.onLost,
    say,
    now
  })
  try {
    await taps.open(either)
    return await act({
      name: "whole responses, from both versions' sidecars (Envoy's tap)",
      approximate: false,
      blindTo:
        'Latency is that of the response headers. Responses that have not ended, such as open event streams, are not included.',
      wasBlind: (at) => taps.blind.has(at),
      settled: now() + DRAIN,
      read: async (onRecord, _, until) => {
        take = onRecord
        await Promise.race([
          aborted(until),
          taps.lost,
          keepAlive([filters, ...(options.baseline ? [options.baseline] : [])], options.now, either)
        ])
      }
    })
  } finally {
    stop.abort()
    const removed = taps.closed().then(() => filters.remove())
    const left = await announceRemoval('the tap filters', say, removed)
    for (const name of left) say(`warning: ${describeLeftover(cluster, name)}`)
  }
}

/** The copy's connection carries nothing afterwards, so its response may differ. */
function isUpgrade({ response }: Trace): boolean {
  return response.status === SWITCHING || response.request.headers.has('upgrade')
}

const SWITCHING = 101

function toRecord(
  trace: Trace,
  { role }: Selection,
  pod: string,
  { redactor, budget, ...options }: TapOptions
): RequestRecord {
  const { response, requestId, forwarded, requested, responded } = trace
  const { method, path, authority } = response.request
  const now = options.now().getTime()
  const shown = redactor.path(path)
  const bytes = sizeOf(response)
  budget.hold(response, now)
  return {
    workload: role === 'live' ? 'live' : 'mirror',
    pod,
    at: requested ?? now,
    ended: now,
    ...(requestId !== undefined && { id: maskRequestId(requestId), requestId }),
    method,
    path: shown,
    // The caller's proxy sets it when it rewrites the path.
    asked: response.request.headers.get('x-envoy-original-path') ?? path,
    status: response.status,
    ...(bytes !== undefined && { bytes }),
    ...(requested !== undefined && responded !== undefined && { duration: responded - requested }),
    forwarded,
    authority,
    line: `${method} ${authority}${shown} ${response.status} ${requestId ?? '-'}`,
    response
  }
}

/** Rejects when one no longer exists, because then nothing is recorded. Other errors may pass. */
async function keepAlive(
  leases: readonly Pick<TapFilters, 'renew'>[],
  now: () => Date,
  signal: AbortSignal
): Promise<never> {
  for (;;) {
    await pause(LEASE / 3, undefined, { signal })
    try {
      await Promise.all(leases.map((lease) => lease.renew(leaseFrom(now()))))
    } catch (error) {
      if (isNotFound(error))
        throw new UserError(`an EnvoyFilter of this run was deleted during the run: ${error.message}`, {
          cause: error
        })
    }
  }
}

// Leader election by one Lease. Knows nothing of what a leader does.
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError, find, type Cluster } from './client.ts'

export interface LeaseOptions {
  /** `/apis/coordination.k8s.io/v1/namespaces/NS/leases/NAME`; created if it is missing. */
  readonly path: string
  /** Unique to this process. */
  readonly identity: string
  readonly signal: AbortSignal
  readonly failed: (error: unknown) => void
  readonly durationMs?: number
}

interface Lease {
  readonly metadata?: object
  readonly spec?: LeaseSpec | null
  readonly [field: string]: unknown
}

interface LeaseSpec {
  readonly holderIdentity?: string | null
  readonly renewTime?: string | null
  readonly acquireTime?: string | null
  readonly leaseTransitions?: number | null
  readonly leaseDurationSeconds?: number | null
}

/** The same for every replica: the Lease's own duration is not read. */
const DURATION_MS = 10_000
/** Shares of the duration. A leader that cannot renew stops before another may begin. */
const RENEW = 0.3
const RETRY = 0.15
const GIVE_UP = 0.8
const MOST_TRANSITIONS = 2 ** 31 - 1

/**
 * Runs `lead` while the Lease is ours, and aborts its signal when it is not. Like client-go, it takes a Lease as held until it has
 * seen no change for the duration by its own clock: clocks of two machines differ.
 */
export async function holdLease(options: LeaseOptions, cluster: Cluster, lead: (signal: AbortSignal) => Promise<void>) {
  const { signal, failed, durationMs = DURATION_MS } = options
  const giveUpMs = durationMs * GIVE_UP
  const observed: Observed = { spec: '', at: 0 }
  let leading: { readonly stop: AbortController; readonly done: Promise<void> } | undefined
  let renewed = 0
  const stopLeading = async (): Promise<void> => {
    leading?.stop.abort()
    await leading?.done
    leading = undefined
  }
  while (!signal.aborted) {
    const begun = performance.now()
    const left = Math.ceil(leading ? Math.max(1, renewed + giveUpMs - begun) : giveUpMs)
    const held = await tryHold(options, cluster, observed, AbortSignal.timeout(left))
    if (held === true) {
      renewed = begun
      if (!leading) {
        const stop = new AbortController()
        // If it fails, the next round starts it again; nothing of the failed one may still run then.
        const done = lead(stop.signal).catch((error: unknown) => {
          stop.abort()
          failed(error)
          if (leading?.stop === stop) leading = undefined
        })
        leading = { stop, done }
      }
    } else if (held === false || performance.now() - renewed >= giveUpMs) await stopLeading()
    await sleep(durationMs * (leading ? RENEW : RETRY), undefined, { signal }).catch(() => undefined)
  }
  const led = leading !== undefined
  await stopLeading()
  if (led) await release(options, cluster)
}

/** The Lease's last known spec, and when it was new. */
interface Observed {
  spec: string
  at: number
}

/** Undefined: the API server could not be reached. */
async function tryHold(
  { path, identity, failed, durationMs = DURATION_MS }: LeaseOptions,
  cluster: Cluster,
  observed: Observed,
  signal: AbortSignal
): Promise<boolean | undefined> {
  try {
    const lease = await find<Lease>(cluster, path, { signal })
    const { holderIdentity: holder, acquireTime, leaseTransitions } = lease?.spec ?? {}
    const mine = holder === identity
    if (holder && !mine && isHeld(lease, observed, durationMs)) return false
    const now = microTime(new Date())
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(durationMs / 1000),
      renewTime: now,
      acquireTime: mine && acquireTime ? acquireTime : now,
      // The API server refuses more.
      leaseTransitions: Math.min(MOST_TRANSITIONS, (leaseTransitions ?? 0) + (mine ? 0 : 1))
    }
    if (lease) await cluster.send('PUT', path, { body: { ...lease, spec }, signal })
    else await cluster.send('POST', path.slice(0, path.lastIndexOf('/')), { body: missing(path, spec), signal })
    return true
  } catch (error) {
    if (error instanceof ApiError && error.status === 409) return false // another replica was faster
    failed(error)
    return undefined
  }
}

function isHeld(lease: Lease | undefined, observed: Observed, durationMs: number): boolean {
  const spec = JSON.stringify(lease?.spec)
  const now = performance.now()
  if (spec !== observed.spec) Object.assign(observed, { spec, at: now })
  return now - observed.at < durationMs
}

function missing(path: string, spec: LeaseSpec): Lease {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name }, spec }
}

/** So the next leader need not wait until the Lease expires. */
async function release({ path, identity, failed }: LeaseOptions, cluster: Cluster): Promise<void> {
  try {
    const lease = (await cluster.send('GET', path)) as Lease
    if (lease.spec?.holderIdentity !== identity) return
    await cluster.send('PUT', path, { body: { ...lease, spec: { ...lease.spec, holderIdentity: '' } } })
  } catch (error) {
    failed(error)
  }
}

function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z')
}

// Leader election by one Lease. Knows nothing of what a leader does.
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError, type Cluster } from './cluster.ts'

export interface LeaseOptions {
  /** `/apis/coordination.k8s.io/v1/namespaces/NS/leases/NAME`; the object must exist. */
  readonly path: string
  /** Unique to this process. */
  readonly identity: string
  readonly signal: AbortSignal
  readonly failed: (error: unknown) => void
}

interface Lease {
  readonly spec?: {
    readonly holderIdentity?: string
    readonly renewTime?: string
    readonly acquireTime?: string
    readonly leaseTransitions?: number
    readonly leaseDurationSeconds?: number
  }
  readonly [field: string]: unknown
}

const DURATION_S = 10
const RENEW_MS = 3000
const RETRY_MS = 1500

/**
 * Runs `lead` whenever the Lease is ours, and ends it (its signal) when it no longer is. Two leaders may overlap by the
 * difference of two clocks: all that a leader does is safe to do twice.
 */
export async function holdLease(options: LeaseOptions, cluster: Cluster, lead: (signal: AbortSignal) => Promise<void>) {
  const { signal, failed } = options
  let leading: { readonly stop: AbortController; readonly done: Promise<void> } | undefined
  let renewed = 0
  const stopLeading = async (): Promise<void> => {
    leading?.stop.abort()
    await leading?.done
    leading = undefined
  }
  while (!signal.aborted) {
    const held = await tryHold(options, cluster)
    if (held === true) {
      renewed = Date.now()
      if (!leading) {
        const stop = new AbortController()
        // Should it ever fail, the next round begins it again; what still runs of it must not run beside that.
        const done = lead(stop.signal).catch((error: unknown) => {
          stop.abort()
          failed(error)
          if (leading?.stop === stop) leading = undefined
        })
        leading = { stop, done }
      }
    } else if (held === false || Date.now() - renewed > DURATION_S * 1000) await stopLeading()
    await sleep(leading ? RENEW_MS : RETRY_MS, undefined, { signal }).catch(() => undefined)
  }
  const led = leading !== undefined
  await stopLeading()
  if (led) await release(options, cluster)
}

/** Undefined: the API server could not be asked. */
async function tryHold({ path, identity, failed }: LeaseOptions, cluster: Cluster): Promise<boolean | undefined> {
  try {
    const lease = (await cluster.send('GET', path)) as Lease
    const { holderIdentity: holder, renewTime, acquireTime, leaseTransitions = 0 } = lease.spec ?? {}
    const current = Date.now() - Date.parse(renewTime ?? '') <= DURATION_S * 1000
    if (holder && holder !== identity && current) return false
    const now = microTime(new Date())
    const mine = holder === identity
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: DURATION_S,
      renewTime: now,
      acquireTime: mine && acquireTime ? acquireTime : now,
      leaseTransitions: leaseTransitions + (mine ? 0 : 1)
    }
    await cluster.send('PUT', path, { body: { ...lease, spec } })
    return true
  } catch (error) {
    if (error instanceof ApiError && error.status === 409) return false // another was faster
    failed(error)
    return undefined
  }
}

/** The next leader then need not wait for the Lease to run out. */
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

// Replaces the serving certificate in its Secret before it expires, after the API server trusts the new CA. Only the leader does
// this; every replica watches the Secret (serving-certificate.ts).
import { setTimeout as sleep } from 'node:timers/promises'
import { bundleWith, inspect, isDue, isSigned, issue, type Issued } from './certificates.ts'
import { ApiError, find, type Cluster } from '../kubernetes/client.ts'
import type { Metrics } from '../kubernetes/metrics.ts'
import { decode, encode, pairOf, type Secret } from './serving-certificate.ts'

export interface RotationOptions {
  readonly cluster: Cluster
  readonly now: () => Date
  readonly namespace: string
  readonly secret: string
  /** Name of the MutatingWebhookConfiguration. */
  readonly configuration: string
  readonly dnsNames: readonly string[]
  readonly lifetimeMs: number
  readonly metrics: Metrics['certificate']
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void }
}

interface WebhookConfiguration {
  readonly metadata: { readonly resourceVersion: string }
  readonly webhooks?:
    | readonly { readonly name: string; readonly clientConfig: { readonly caBundle?: string | null } }[]
    | null
}

const LEAST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 10 * 60_000
const RETRY_MS = 2000
const LONGEST_RETRY_MS = 5 * 60_000
/** One conflict means that another writer was faster; this many in a row mean a fault. */
const CONFLICTS = 3

/** Runs until the signal. `wake` ends a pause: the Secret or the configuration has changed. */
export async function keepRotating(
  options: RotationOptions,
  wake: () => AbortSignal,
  signal: AbortSignal
): Promise<void> {
  const { lifetimeMs, metrics, log } = options
  const unstored: Unstored = {}
  let failures = 0
  while (!signal.aborted) {
    const either = AbortSignal.any([signal, wake()])
    let pause = Math.min(LONGEST_PAUSE_MS, lifetimeMs / 30)
    try {
      await rotateIfDue(options, unstored, signal)
      failures = 0
    } catch (error) {
      if (signal.aborted) return
      pause = Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** failures++)
      if (!isConflict(error) || failures > CONFLICTS) {
        metrics.failed.inc()
        log.warn({ err: error }, 'certificate rotation failed')
      }
    }
    await sleep(pause, undefined, { signal: either }).catch(() => undefined)
    // If another writer undoes each of our writes, once a second is enough.
    await sleep(LEAST_PAUSE_MS, undefined, { signal }).catch(() => undefined)
  }
}

/** Issued but not stored yet. Kept for the next attempt: otherwise each would add a CA to the bundle. */
interface Unstored {
  issued?: Issued
}

/** Due after two thirds of its lifetime, or at once if the stored certificate is unusable. */
async function rotateIfDue(options: RotationOptions, unstored: Unstored, signal: AbortSignal): Promise<void> {
  const { cluster, namespace, secret: name, dnsNames, lifetimeMs, metrics, log } = options
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`
  const secret = await find<Secret>(cluster, path, { signal })
  const authority = decode(secret?.data?.['ca.crt'] ?? '')
  const pair = secret === undefined || authority === '' ? undefined : pairOf(secret)
  const stored = pair && { ...pair, authority }
  const now = options.now()
  const dueBecause = (one: Issued): string | undefined => {
    const validity = inspect(one, dnsNames, now)
    if (typeof validity === 'string') return validity
    // Otherwise, once caBundle is lost, the API server could not be told whom to trust.
    if (!isSigned(one)) return 'ca.crt did not sign it'
    return isDue(validity, lifetimeMs, now) ? 'two thirds of its lifetime have passed' : undefined
  }
  const serving = stored !== undefined && typeof inspect(stored, dnsNames, now) === 'object'
  const reason = stored ? dueBecause(stored) : 'there is no certificate yet'
  if (reason === undefined) {
    delete unstored.issued
    await trust(options, [authority], signal)
    return
  }
  if (unstored.issued && dueBecause(unstored.issued) !== undefined) delete unstored.issued
  const issued = (unstored.issued ??= await issue(dnsNames, lifetimeMs, now))
  await trust(options, [issued.authority, authority], signal)
  // Every API server must read the new CA before a replica uses its certificate.
  if (serving) await sleep(Math.min(10_000, lifetimeMs / 15), undefined, { signal })
  await writeSecret(cluster, path, secret ?? missingSecret(namespace, name), issued, signal)
  delete unstored.issued
  metrics.rotations.inc()
  log.info({ reason }, 'certificate issued')
}

/** Helm owns it by its name, and restores its labels with the next upgrade. */
function missingSecret(namespace: string, name: string): Secret {
  return { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name, namespace } }
}

/** Throws 409 if it was written or created since it was read. */
async function writeSecret(
  cluster: Cluster,
  path: string,
  secret: Secret,
  issued: Issued,
  signal: AbortSignal
): Promise<void> {
  const body = { ...secret, data: { ...secret.data, ...dataOf(issued) } }
  if (secret.metadata.resourceVersion !== undefined) await cluster.send('PUT', path, { body, signal })
  else await cluster.send('POST', path.slice(0, path.lastIndexOf('/')), { body, signal })
}

function dataOf({ certificate, key, authority }: Issued): Record<string, string> {
  return { 'tls.crt': encode(certificate), 'tls.key': encode(key), 'ca.crt': encode(authority) }
}

/**
 * Adds the first CA to caBundle; keeps the others given, and those that other replicas may still use.
 */
async function trust(
  { cluster, configuration, now }: RotationOptions,
  authorities: readonly [string, ...string[]],
  signal: AbortSignal
): Promise<void> {
  const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${configuration}`
  const { metadata, webhooks } = (await cluster.send('GET', path, { signal })) as WebhookConfiguration
  const operations = (webhooks ?? []).flatMap(({ clientConfig }, index) => {
    const current = clientConfig.caBundle ?? ''
    const bundle = decode(current)
    if (bundle.includes(authorities[0].trim())) return []
    const value = encode(bundleWith(authorities, bundle, now()))
    return [{ op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value }]
  })
  if (operations.length === 0) return
  await cluster.send('PATCH', path, {
    contentType: 'application/json-patch+json',
    body: [{ op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion }, ...operations],
    signal
  })
}

/** A JSON patch whose `test` fails is a 422. */
function isConflict(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 409 || error.status === 422)
}

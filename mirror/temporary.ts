// How objects that live only as long as a run of the plugin are marked, so that it is known when one may be removed. Pure;
// knows no kind.
import { parseTime } from './time.ts'

/** Its value says what it is for. */
export const TEMPORARY = 'kubectl-mirror.dev/temporary'
/** RFC 3339. After it, the next run and the webhook's controller remove what a killed run left behind. */
export const EXPIRES = 'kubectl-mirror.dev/expires'

type Annotations = Readonly<Record<string, string>> | null | undefined

/** Undefined where it cannot be read: such an object is not known to be ours, whatever its label. */
export function expiryOf(annotations: Annotations): Date | undefined {
  return parseTime(annotations?.[EXPIRES] ?? '')
}

export function isExpired(annotations: Annotations, now: Date): boolean {
  const expiry = expiryOf(annotations)
  return expiry !== undefined && expiry <= now
}

/** What runs put into the cluster: where the controller looks for what they left behind. */
export const TEMPORARY_COLLECTIONS = [
  '/apis/networking.istio.io/v1alpha3/envoyfilters',
  '/apis/telemetry.istio.io/v1/telemetries'
] as const

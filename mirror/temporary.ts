// Marks objects that exist only during a run of the plugin, and says when they may be removed. Pure; knows no kind.
import { parseTime } from './time.ts'

/** Its value says what it is for. */
export const TEMPORARY = 'kubectl-mirror.dev/temporary'
/** RFC 3339. After it, the next run and the webhook's controller remove what a killed run left behind. */
export const EXPIRES = 'kubectl-mirror.dev/expires'

type Annotations = Readonly<Record<string, string>> | null | undefined

/** Undefined if it is invalid: such an object may not be ours, even with our label. */
export function expiryOf(annotations: Annotations): Date | undefined {
  return parseTime(annotations?.[EXPIRES] ?? '')
}

export function isExpired(annotations: Annotations, now: Date): boolean {
  const expiry = expiryOf(annotations)
  return expiry !== undefined && expiry <= now
}

/** Kinds of these objects: the controller looks here for leftovers. */
export const TEMPORARY_COLLECTIONS = [
  '/apis/networking.istio.io/v1alpha3/envoyfilters',
  '/apis/telemetry.istio.io/v1/telemetries'
] as const

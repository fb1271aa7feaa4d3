// How objects that live only as long as a run of the plugin are marked, so that whoever finds one later knows when it may
// go. Pure; knows no kind.

/** Its value says what it is for. */
export const TEMPORARY = 'kubectl-mirror.dev/temporary'
/** RFC 3339. After it, the next run and the webhook's controller take away what a killed run left behind. */
export const EXPIRES = 'kubectl-mirror.dev/expires'

export function isExpired(annotations: Readonly<Record<string, string>> | undefined, now: Date): boolean {
  // Without a time that can be read it is nobody's any more.
  return !(Date.parse(annotations?.[EXPIRES] ?? '') > now.getTime())
}

/** What runs put into the cluster: where the controller looks for what they left behind. */
export const TEMPORARY_COLLECTIONS = [
  '/apis/networking.istio.io/v1alpha3/envoyfilters',
  '/apis/telemetry.istio.io/v1/telemetries'
] as const

// The webhook on the cluster, as its users install it: by helm, with the image of this checkout. setup.ts has installed it before
// the first test.
import { inject } from 'vitest'
import { imageFlags } from '../existing-cluster.ts'
import { until } from '../until.ts'
import { helm, kubectl } from './kubectl.ts'
import { installation, NAME, PLACE, REMOVAL } from './release.ts'

/** Flags of helm for the image of this checkout. */
export function image(): string[] {
  return imageFlags(inject('images').webhook)
}

/** Ready with these flags, and no replica of before answers any more. */
export async function installWebhook(...flags: readonly string[]): Promise<void> {
  await helm(...installation(inject('images').webhook), ...flags)
  await onlyReplicas(Number(await kubectl('get', 'deployment', NAME, ...PLACE, '--output=jsonpath={.spec.replicas}')))
}

/** Waits until the webhook has this many pods and no more: those that were replaced have drained. */
export function onlyReplicas(count: number): Promise<void> {
  const pods = ['pods', ...PLACE, `--selector=app.kubernetes.io/name=${NAME},pod-template-hash`, '--output=name']
  return until(
    `${count} pods of the webhook`,
    async () => (await kubectl('get', ...pods)).split('\n').filter(Boolean).length === count,
    120_000,
    500
  )
}

export async function uninstallWebhook(): Promise<void> {
  await helm(...REMOVAL)
}

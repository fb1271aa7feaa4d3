// The webhook on the cluster, as its users install it: by helm, with the image of this checkout. setup.ts has installed it before
// the first test.
import { inject } from 'vitest'
import { imageFlags } from '../existing-cluster.ts'
import { helm } from './kubectl.ts'
import { installation, REMOVAL } from './release.ts'

/** Flags of helm for the image of this checkout. */
export function image(): string[] {
  return imageFlags(inject('images').webhook)
}

export async function installWebhook(...flags: readonly string[]): Promise<void> {
  await helm(...installation(inject('images').webhook), ...flags)
}

export async function uninstallWebhook(): Promise<void> {
  await helm(...REMOVAL)
}

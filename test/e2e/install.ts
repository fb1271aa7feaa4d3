// The webhook on the cluster, as its users install it: by helm, with the image of this checkout.
import { inject } from 'vitest'
import { imageFlags } from '../existing-cluster.ts'
import { helm } from './kubectl.ts'

/** Where the release is. */
export const PLACE = ['--namespace', 'kubectl-mirror']
const CHART = new URL('../../charts/kubectl-mirror', import.meta.url).pathname

/** Flags of helm for the image of this checkout. */
export function image(): string[] {
  return imageFlags(inject('images').webhook)
}

/** Installed or brought to this checkout's state, and ready. */
export async function installWebhook(...flags: readonly string[]): Promise<void> {
  const release = ['kubectl-mirror', CHART, ...PLACE, '--create-namespace']
  await helm('upgrade', '--install', ...release, ...image(), '--wait', '--timeout', '2m', ...flags)
}

/** Also where there is none. */
export async function uninstallWebhook(): Promise<void> {
  await helm('uninstall', 'kubectl-mirror', ...PLACE, '--wait', '--ignore-not-found')
}

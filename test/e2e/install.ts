// The webhook on the sandbox, as its users install it: by helm, with the image of this checkout.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import { WEBHOOK_IMAGE } from '../sandbox/webhook-image.ts'

const run = promisify(execFile)
/** Where the release is. */
export const PLACE = ['--namespace', 'kubectl-mirror']
const CHART = new URL('../../charts/kubectl-mirror', import.meta.url).pathname

/** stdout; throws with helm's stderr. */
export async function helm(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, KUBECONFIG: inject('kubeconfig'), PATH: inject('path') }
  return (await run('helm', args, { env })).stdout
}

/** Installed or brought to this checkout's state, and ready. */
export async function installWebhook(...flags: readonly string[]): Promise<void> {
  const image = `image.repository=${WEBHOOK_IMAGE.repository},image.tag=${WEBHOOK_IMAGE.tag}`
  const release = ['kubectl-mirror', CHART, ...PLACE, '--create-namespace']
  await helm('upgrade', '--install', ...release, '--set', image, '--wait', '--timeout', '2m', ...flags)
}

/** Also where there is none. */
export async function uninstallWebhook(): Promise<void> {
  await helm('uninstall', 'kubectl-mirror', ...PLACE, '--wait', '--ignore-not-found')
}

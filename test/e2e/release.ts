// The chart's release under test: its name, its place and helm's words to install it. Runs nothing.
import { imageFlags, type Image } from '../existing-cluster.ts'

export const CHART = new URL('../../charts/kubectl-mirror', import.meta.url).pathname
export const NAME = 'kubectl-mirror'
export const PLACE = ['--namespace', 'kubectl-mirror'] as const

/** Installs it, or brings it to this checkout's state, and waits until it is ready. */
export function installation(image: Image): string[] {
  const flags = ['--create-namespace', '--wait', '--timeout', '2m', ...imageFlags(image)]
  return ['upgrade', '--install', NAME, CHART, ...PLACE, ...flags]
}

/** Also where there is none. */
export const REMOVAL = ['uninstall', NAME, ...PLACE, '--wait', '--ignore-not-found']

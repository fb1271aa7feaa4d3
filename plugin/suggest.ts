// The next command for a user to type, about the cluster and namespace that this run is about. Pure.
import type { GlobalFlags } from './global-flags.ts'

/** `logs httpbin` -> `kubectl mirror logs httpbin -n shop --context staging` */
export function suggest(command: string, flags: GlobalFlags): string {
  const { namespace, context, kubeconfig } = flags
  const where = [
    ...(namespace === undefined ? [] : ['-n', namespace]),
    ...(context === undefined ? [] : ['--context', context]),
    ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig])
  ]
  return ['kubectl mirror', command, ...where].join(' ')
}

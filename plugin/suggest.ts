// The next command for a user to type, about the cluster and namespace that this run is about. Pure.

/** As in GlobalFlags. */
interface Where {
  readonly namespace?: string | undefined
  readonly context?: string | undefined
  readonly kubeconfig?: string | undefined
}

/** `mirror logs httpbin` -> `kubectl mirror logs httpbin -n shop --context staging` */
export function suggest(command: string, { namespace, context, kubeconfig }: Where): string {
  const where = [
    ...(namespace === undefined ? [] : ['-n', namespace]),
    ...(context === undefined ? [] : ['--context', context]),
    ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig])
  ]
  return ['kubectl', command, ...where].join(' ')
}

// The next command for a user to type, about the cluster and namespace that this run is about. Pure.
import type { GlobalFlags } from '../kubeconfig/global-flags.ts'

/** What chooses a cluster, and who asks it. No token: the command may be pasted where others read it. */
const KUBECTL = {
  namespace: '-n',
  context: '--context',
  cluster: '--cluster',
  user: '--user',
  server: '--server',
  as: '--as',
  kubeconfig: '--kubeconfig'
} as const satisfies Partial<Record<keyof GlobalFlags, string>>

type Where = Readonly<Partial<Record<keyof typeof KUBECTL, string | undefined>>>

/** The others have no words for the rest. */
const FLAGS = {
  kubectl: KUBECTL,
  helm: { context: '--kube-context', kubeconfig: '--kubeconfig' },
  istioctl: { context: '--context', kubeconfig: '--kubeconfig' }
}

export type Program = keyof typeof FLAGS

/** `mirror logs httpbin` -> `kubectl mirror logs httpbin -n shop --context staging` */
export function suggest(command: string, where: Where, program: Program = 'kubectl'): string {
  const flags = Object.entries(FLAGS[program]).flatMap(([key, flag]) => {
    const value = where[key as keyof Where]
    return value === undefined ? [] : [flag, quoted(value)]
  })
  return [program, command, ...flags].join(' ')
}

/** For a shell. */
function quoted(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`
}

// Where one sandbox lives: its folders, names and addresses, from its instance number; touches nothing.
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from './failure.ts'

export interface Place {
  /** 0..9: several sandboxes can stand side by side. */
  instance: number
  /** Binaries and images, shared by all instances, kept by `down`. */
  cache: string
  /** Everything of this instance that `down` removes. Short: unix sockets lie below it. */
  state: string
  /** Kept after `down` and after a failure, renewed by each `up`. */
  logs: string
  hostLink: string
  nodeLink: string
  hostAddress: string
  nodeAddress: string
  cgroup: string
  kubeconfig: string
}

export type Environment = Readonly<Record<string, string | undefined>>

export function placeOf(env: Environment): Place {
  const instance = instanceOf(env['KUBECTL_MIRROR_SANDBOX'])
  const name = instance === 0 ? 'kubectl-mirror' : `kubectl-mirror-${instance}`
  const cache = cacheOf(env)
  const state = join(tmpdir(), name)
  return {
    instance,
    cache,
    state,
    logs: join(cache, 'logs', String(instance)),
    hostLink: `km-host-${instance}`,
    nodeLink: 'km-node',
    hostAddress: `10.199.${instance}.1`,
    nodeAddress: `10.199.${instance}.2`,
    cgroup: name,
    kubeconfig: join(state, 'kubeconfig')
  }
}

export function cacheOf(env: Environment): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kubectl-mirror')
}

function instanceOf(value: string | undefined): number {
  if (value === undefined || value === '') return 0
  if (/^\d$/.test(value)) return Number(value)
  throw new Failure(`KUBECTL_MIRROR_SANDBOX: "${value}" is not an instance number. Allowed are 0 to 9; unset it for 0.`)
}

// Calls kubectl and helm on a sandbox; knows nothing of what is asked of them.
import { join } from 'node:path'
import { type CommandOptions, run } from './command.ts'
import type { Session } from './session.ts'

export interface Client {
  session: Session
  /** The folder of kubectl and helm. */
  tools: string
}

export type ClientOptions = Pick<CommandOptions, 'log' | 'input'>

export function kubectl(client: Client, args: readonly string[], options: ClientOptions = {}): Promise<string> {
  return call('kubectl', client, args, options)
}

export function helm(client: Client, args: readonly string[], options: ClientOptions = {}): Promise<string> {
  return call('helm', client, args, options)
}

/** Both keep caches in the home folder, unless told otherwise. */
function call(
  program: string,
  { session, tools }: Client,
  args: readonly string[],
  options: ClientOptions
): Promise<string> {
  const { place, signal } = session
  const home = join(place.state, 'clients')
  return run(join(tools, program), args, {
    ...options,
    env: {
      KUBECONFIG: place.kubeconfig,
      KUBECACHEDIR: join(home, 'kubectl'),
      HELM_CACHE_HOME: join(home, 'helm/cache'),
      HELM_CONFIG_HOME: join(home, 'helm/config'),
      HELM_DATA_HOME: join(home, 'helm/data')
    },
    signal
  })
}

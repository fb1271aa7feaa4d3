// kubectl on the cluster under test, with the plugin of this checkout and helm beside it. Knows no namespace.
import { inject } from 'vitest'
import { run, start, type CommandOptions, type Running } from './command.ts'

type Options = Partial<CommandOptions>

export function environment(): NodeJS.ProcessEnv {
  return { ...process.env, KUBECONFIG: inject('kubeconfig'), PATH: inject('path') }
}

export function kubectl(...args: readonly string[]): Promise<string> {
  return runKubectl(args)
}

/** stdout; throws with its stderr. */
export function runKubectl(args: readonly string[], options: Options = {}): Promise<string> {
  return run('kubectl', args, { env: environment(), ...options })
}

/** One that is watched, and signalled, while it runs. */
export function startKubectl(args: readonly string[], options: Options = {}): Running {
  return start('kubectl', args, { env: environment(), ...options })
}

/** stdout; throws with helm's stderr. */
export function helm(...args: readonly string[]): Promise<string> {
  return run('helm', args, { env: environment() })
}

// What the global setups give to the tests of their projects, by inject('kubeconfig').
import type { TestProject } from 'vitest/node'
import type { Image } from './existing-cluster.ts'

/** For `e2e`. */
export interface Provided {
  /** Of an administrator. */
  readonly kubeconfig: string
  /** For PATH: with kubectl, helm and the plugin as it was just built. */
  readonly path: string
  readonly images: {
    readonly webhook: Image
    /** With Python, gunicorn, httpbin and curl. */
    readonly application: string
  }
  /** Whether the tests may act on the node as root, and break the control plane. */
  readonly ownsNode: boolean
}

/** For `apiserver`. */
export interface ProvidedServers {
  /** Of an administrator, one for each worker: see own-server.ts. */
  readonly kubeconfigs: readonly string[]
  readonly kubectl: string
  /** A request to /0 kills the first worker's and starts it again at once. */
  readonly restarts: string
}

declare module 'vitest' {
  export interface ProvidedContext extends Provided, ProvidedServers {}
}

export function provide(project: TestProject, provided: Provided | ProvidedServers): void {
  for (const [name, value] of Object.entries(provided)) project.provide(name as keyof Provided, value as never)
}

// What the global setups give to every test of theirs, by inject('kubeconfig').
import type { TestProject } from 'vitest/node'

export interface Provided {
  /** Of an administrator. In `apiserver` one for each worker: see own-server.ts. */
  kubeconfigs: readonly string[]
  kubeconfig: string
  /** For PATH: with kubectl, helm and the plugin as it was just built. `e2e` alone. */
  path: string
  kubectl: string
}

declare module 'vitest' {
  export interface ProvidedContext extends Provided {}
}

export function provide(project: TestProject, provided: Partial<Provided>): void {
  for (const [name, value] of Object.entries(provided)) project.provide(name as keyof Provided, value)
}

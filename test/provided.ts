// What the global setups of `apiserver` and `e2e` give to every test: inject('kubeconfig').
import type { TestProject } from 'vitest/node'

export interface Provided {
  /** Of an administrator. */
  kubeconfig: string
  /** For PATH: with kubectl; in `e2e` also with helm and with the plugin as it was just built. */
  path: string
  kubectl: string
}

declare module 'vitest' {
  export interface ProvidedContext extends Provided {}
}

export function provide(project: TestProject, { kubeconfig, path, kubectl }: Provided): void {
  project.provide('kubeconfig', kubeconfig)
  project.provide('path', path)
  project.provide('kubectl', kubectl)
}

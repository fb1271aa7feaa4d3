// What the global setups of `apiserver` and `e2e` give to every test: inject('kubeconfig').
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

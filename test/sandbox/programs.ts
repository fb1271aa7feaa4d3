// The Go programs of a cluster: from which modules, and which are built together; builds nothing.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { COREDNS, ETCD, GATEWAY_API, ISTIO, KUBERNETES, PEERS } from './versions.ts'

/**
 * One set of modules and flags. Programs that share it are built by one `go build`: what they have in common is compiled
 * once, and one is linked while another is compiled.
 */
export interface GoBuild {
  name: string
  /** Versions by module. */
  requires: Readonly<Record<string, string>>
  /** The versions that are taken whatever the modules ask for. */
  replaces: Readonly<Record<string, string>>
  ldflags: string
  tags: string
}

export interface GoProgram {
  build: GoBuild
  version: string
  /** Its last part is the name of the file that go makes. */
  package: string
  /** The source of the package by file, where no module has the one that is wanted. */
  sources?: Readonly<Record<string, string>>
}

const STAGING =
  'api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap ' +
  'code-generator component-base component-helpers controller-manager cri-api cri-client csi-translation-lib ' +
  'dynamic-resource-allocation endpointslice externaljwt kms kube-aggregator kube-controller-manager kube-proxy ' +
  'kube-scheduler kubectl kubelet metrics mount-utils pod-security-admission sample-apiserver sample-cli-plugin ' +
  'sample-controller'

/** Those in coredns.yaml: all sixty, with three clouds' libraries, take long to build. */
const COREDNS_PLUGINS = ['errors', 'ready', 'kubernetes', 'cache']

const KUBERNETES_BUILD = build('Kubernetes', {
  requires: {
    'k8s.io/kubernetes': KUBERNETES.version,
    'go.etcd.io/etcd/server/v3': ETCD,
    'github.com/coredns/coredns': COREDNS
  },
  // k8s.io/kubernetes asks for its staging modules at v0.0.0: each is replaced by its published twin.
  replaces: Object.fromEntries(STAGING.split(' ').map((module) => [`k8s.io/${module}`, KUBERNETES.staging])),
  ldflags: kubernetesVersion()
})

const ISTIO_BUILD = build('Istio', { requires: { [ISTIO.module]: ISTIO.version }, tags: 'vtprotobuf,disable_pgv' })

/** With Istio's versions and tags: what it has in common with Istio is compiled once. */
const CONFORMANCE_BUILD = build('Gateway API conformance', {
  requires: { ...ISTIO_BUILD.requires, 'sigs.k8s.io/gateway-api/conformance': GATEWAY_API },
  tags: ISTIO_BUILD.tags
})

const CONFORMANCE_SOURCES = goFiles(join(import.meta.dirname, '../conformance'))

const CERT_MANAGER_BUILD = build('cert-manager', {
  requires: { 'github.com/cert-manager/cert-manager': PEERS.certManager }
})

/** With Istio's versions and tags, and the Kubernetes that is of theirs: alone it would compile another client of Kubernetes. */
const ARGO_ROLLOUTS_BUILD = build('Argo Rollouts', {
  requires: {
    ...ISTIO_BUILD.requires,
    'github.com/argoproj/argo-rollouts': PEERS.argoRollouts,
    'k8s.io/kubernetes': ISTIO.kubernetes.version
  },
  // k8s.io/kubernetes asks for these at v0.0.0.
  replaces: {
    'k8s.io/kubelet': ISTIO.kubernetes.staging,
    'k8s.io/controller-manager': ISTIO.kubernetes.staging
  },
  tags: ISTIO_BUILD.tags
})

export const GO_PROGRAMS = {
  etcd: {
    build: KUBERNETES_BUILD,
    version: ETCD,
    // Its own package would be built as `server`.
    package: './etcd',
    sources: {
      'main.go':
        'package main\n\nimport (\n\t"os"\n\n\t"go.etcd.io/etcd/server/v3/etcdmain"\n)\n\nfunc main() { etcdmain.Main(os.Args) }\n'
    }
  },
  'kube-apiserver': kubernetes('kube-apiserver'),
  'kube-controller-manager': kubernetes('kube-controller-manager'),
  'kube-scheduler': kubernetes('kube-scheduler'),
  kubelet: kubernetes('kubelet'),
  'kube-proxy': kubernetes('kube-proxy'),
  coredns: {
    build: KUBERNETES_BUILD,
    version: COREDNS,
    package: './coredns',
    sources: { 'main.go': coreDnsWith(COREDNS_PLUGINS) }
  },
  'pilot-discovery': istio('pilot-discovery'),
  'pilot-agent': istio('pilot-agent'),
  'gateway-conformance': {
    build: CONFORMANCE_BUILD,
    version: `${GATEWAY_API}-${digest(CONFORMANCE_SOURCES)}`,
    package: './gateway-conformance',
    sources: CONFORMANCE_SOURCES
  },
  'echo-basic': {
    build: CONFORMANCE_BUILD,
    version: GATEWAY_API,
    package: 'sigs.k8s.io/gateway-api/conformance/echo-basic'
  },
  stern: {
    build: build('stern', { requires: { 'github.com/stern/stern': PEERS.stern } }),
    version: PEERS.stern,
    package: 'github.com/stern/stern'
  },
  krew: {
    build: build('krew', { requires: { 'sigs.k8s.io/krew': PEERS.krew } }),
    version: PEERS.krew,
    package: 'sigs.k8s.io/krew/cmd/krew'
  },
  'cert-manager-controller': certManager('controller'),
  'cert-manager-cainjector': certManager('cainjector'),
  'rollouts-controller': {
    build: ARGO_ROLLOUTS_BUILD,
    version: PEERS.argoRollouts,
    package: 'github.com/argoproj/argo-rollouts/cmd/rollouts-controller'
  }
} as const satisfies Record<string, GoProgram>

export type GoProgramName = keyof typeof GO_PROGRAMS

/** What the API server alone needs. */
export const API_SERVER_PROGRAMS = ['etcd', 'kube-apiserver'] as const satisfies readonly GoProgramName[]

/** What `up` needs; others are only built when asked for by name. */
export const CLUSTER_PROGRAMS = (Object.keys(GO_PROGRAMS) as GoProgramName[]).filter((name) =>
  [KUBERNETES_BUILD, ISTIO_BUILD].includes(GO_PROGRAMS[name].build)
)

function build(name: string, own: Pick<GoBuild, 'requires'> & Partial<GoBuild>): GoBuild {
  return { name, replaces: {}, ldflags: '', tags: '', ...own }
}

function kubernetes(name: string): GoProgram {
  return { build: KUBERNETES_BUILD, version: KUBERNETES.version, package: `k8s.io/kubernetes/cmd/${name}` }
}

function istio(name: string): GoProgram {
  return { build: ISTIO_BUILD, version: ISTIO.version, package: `${ISTIO.module}/pilot/cmd/${name}` }
}

function certManager(name: string): GoProgram {
  const path = `github.com/cert-manager/cert-manager/cmd/${name}`
  return { build: CERT_MANAGER_BUILD, version: PEERS.certManager, package: path }
}

/** As its authors build it, but for the plugins: https://coredns.io/2017/07/25/compile-time-enabling-or-disabling-plugins/ */
function coreDnsWith(plugins: readonly string[]): string {
  const imports = plugins.map((name) => `import _ "github.com/coredns/coredns/plugin/${name}"\n`)
  return `package main\n\nimport "github.com/coredns/coredns/coremain"\n${imports.join('')}\nfunc main() { coremain.Run() }\n`
}

function goFiles(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.go'))
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}

function digest(sources: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(JSON.stringify(sources)).digest('hex').slice(0, 16)
}

/** What `/version` answers. */
function kubernetesVersion(): string {
  const component = 'k8s.io/component-base/version'
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(KUBERNETES.version) ?? []
  return `-X ${component}.gitVersion=${KUBERNETES.version} -X ${component}.gitMajor=${major} -X ${component}.gitMinor=${minor}`
}

// Installs CoreDNS, and Istio from its own charts with sidecar injection in `default` and one Gateway; knows no workload.
import { join } from 'node:path'
import { helm, kubectl, type Client } from './kubectl.ts'
import type { Say } from './progress.ts'

const GATEWAY = join(import.meta.dirname, '../../examples/httpbin-gateway-api/gateway.yaml')

/** The data plane is upstream's Envoy, which lacks Istio's own filters: what would ask for them stays off. */
const VALUES = {
  pilot: {
    image: 'pilot',
    autoscaleEnabled: false,
    resources: { requests: { cpu: '50m', memory: '128Mi' } },
    env: { PILOT_ENABLE_METADATA_EXCHANGE: 'false', PILOT_ENABLE_ALPN_FILTER: 'false' }
  },
  global: {
    hub: 'localhost/istio',
    tag: 'sandbox',
    imagePullPolicy: 'IfNotPresent',
    proxy: { resources: { requests: { cpu: '10m', memory: '32Mi' } } }
  },
  telemetry: { enabled: false },
  meshConfig: { accessLogFile: '/dev/stdout' }
}

export async function installCoreDns(client: Client): Promise<void> {
  await kubectl(client, ['apply', '--filename', join(import.meta.dirname, 'coredns.yaml')])
}

/** Istiod looks for them when it starts. */
export async function installGatewayApi(client: Client, definitions: string): Promise<void> {
  await kubectl(client, ['apply', '--server-side', '--filename', definitions])
}

/** Needs no node yet: resource definitions and rights. */
export async function installIstioBase(client: Client, charts: string): Promise<void> {
  await helm(client, [
    'install',
    'istio-base',
    join(charts, 'base'),
    '--namespace',
    'istio-system',
    '--create-namespace'
  ])
}

export async function installIstiod(client: Client, charts: string, say: Say): Promise<void> {
  const chart = join(charts, 'istio-control/istio-discovery')
  const log = join(client.session.place.logs, 'istiod.log')
  say('helm install istiod')
  await helm(client, ['install', 'istiod', chart, '--namespace', 'istio-system', '--values', '-'], {
    log,
    input: JSON.stringify(VALUES)
  })
  // That of the tutorial. It is programmed some 10 s after istiod is ready: `up` does not wait for it.
  await kubectl(client, ['apply', '--filename', GATEWAY], { log })
  say('waiting for istiod and CoreDNS')
  await kubectl(client, ['--namespace', 'kube-system', 'rollout', 'status', 'deployment/coredns', '--timeout', '90s'], {
    log
  })
  await kubectl(
    client,
    ['--namespace', 'istio-system', 'rollout', 'status', 'deployment/istiod', '--timeout', '120s'],
    { log }
  )
  await kubectl(client, ['label', 'namespace', 'default', 'istio-injection=enabled', '--overwrite'])
}

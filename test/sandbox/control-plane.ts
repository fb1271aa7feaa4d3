// etcd, kube-apiserver, controller-manager and scheduler: their certificates and flags; starts no pod.
import { join } from 'node:path'
import type { Subject } from './certificates.ts'

export const SERVICE_RANGE = '10.96.0.0/16'
export const POD_RANGE = '10.244.0.0/16'
export const DNS_ADDRESS = '10.96.0.10'
export const API_PORT = 6443

export interface EtcdOptions {
  data: string
  port: number
  peerPort: number
}

export function etcdFlags({ data, port, peerPort }: EtcdOptions): string[] {
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`]
  return flags({
    'data-dir': data,
    'unsafe-no-fsync': 'true',
    'log-level': 'warn',
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`
  })
}

/** What kube-apiserver needs anywhere; where it listens and whom it trusts beyond that is the caller's. */
export function apiServerFlags(pki: string, etcdPort: number): string[] {
  return flags({
    'etcd-servers': `http://127.0.0.1:${etcdPort}`,
    'client-ca-file': join(pki, 'ca.crt'),
    'tls-cert-file': join(pki, 'apiserver.crt'),
    'tls-private-key-file': join(pki, 'apiserver.key'),
    'service-account-key-file': join(pki, 'sa.pub'),
    'service-account-signing-key-file': join(pki, 'sa.key'),
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-cluster-ip-range': SERVICE_RANGE
  })
}

export function clusterApiServerFlags(pki: string, address: string): string[] {
  return [
    ...apiServerFlags(pki, 2379),
    ...flags({
      'advertise-address': address,
      'secure-port': String(API_PORT),
      'authorization-mode': 'Node,RBAC',
      'allow-privileged': 'true',
      // For this long it also waits for open streams of logs when it is stopped.
      'request-timeout': '30s',
      // The node's name is in no DNS: without this, logs and exec would try to resolve it.
      'kubelet-preferred-address-types': 'InternalIP',
      'kubelet-client-certificate': join(pki, 'admin.crt'),
      'kubelet-client-key': join(pki, 'admin.key'),
      'kubelet-certificate-authority': join(pki, 'ca.crt'),
      'requestheader-client-ca-file': join(pki, 'ca.crt'),
      'proxy-client-cert-file': join(pki, 'front-proxy.crt'),
      'proxy-client-key-file': join(pki, 'front-proxy.key'),
      'requestheader-username-headers': 'X-Remote-User',
      'requestheader-group-headers': 'X-Remote-Group',
      'requestheader-extra-headers-prefix': 'X-Remote-Extra-'
    })
  ]
}

export function controllerManagerFlags(state: string, pki: string, kubeconfig: string): string[] {
  return flags({
    kubeconfig,
    'service-account-private-key-file': join(pki, 'sa.key'),
    'root-ca-file': join(pki, 'ca.crt'),
    'use-service-account-credentials': 'true',
    'allocate-node-cidrs': 'true',
    'cluster-cidr': POD_RANGE,
    'service-cluster-ip-range': SERVICE_RANGE,
    'leader-elect': 'false',
    'flex-volume-plugin-dir': join(state, 'volume-plugins'),
    'cluster-signing-cert-file': join(pki, 'ca.crt'),
    'cluster-signing-key-file': join(pki, 'ca.key')
  })
}

export function schedulerFlags(kubeconfig: string): string[] {
  return flags({
    kubeconfig,
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    'leader-elect': 'false'
  })
}

export function apiServerSubject(addresses: readonly string[]): Subject {
  const service = 'kubernetes.default.svc'
  const dns = ['kubernetes', 'kubernetes.default', service, `${service}.cluster.local`, 'localhost']
  return { name: { common: 'kube-apiserver' }, dns, ip: ['127.0.0.1', '10.96.0.1', ...addresses] }
}

export const ADMIN: Subject = { name: { organisation: 'system:masters', common: 'admin' } }

export function flags(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`)
}

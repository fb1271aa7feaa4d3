// The one node: the configurations of containerd, CNI, kubelet and kube-proxy; starts no pod.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DNS_ADDRESS, flags, POD_RANGE } from './control-plane.ts'
import type { Place } from './place.ts'

export const NODE_NAME = 'node1'

export function containerdSocket({ state }: Place): string {
  return join(state, 'containerd.sock')
}

export async function writeNodeFiles(place: Place): Promise<void> {
  const cni = join(place.state, 'cni')
  await mkdir(cni, { recursive: true })
  await writeFile(join(cni, '10-sandbox.conflist'), JSON.stringify(cniConfiguration(place)))
  await writeFile(join(place.state, 'containerd.toml'), containerdConfiguration(place))
  await writeFile(join(place.state, 'kubelet.json'), JSON.stringify(kubeletConfiguration(place)))
}

export function kubeletFlags({ state, nodeAddress }: Place, kubeconfig: string): string[] {
  return flags({
    config: join(state, 'kubelet.json'),
    kubeconfig,
    'hostname-override': NODE_NAME,
    'node-ip': nodeAddress,
    'root-dir': join(state, 'kubelet')
  })
}

/** iptables, for IPVS needs a kernel module; the conntrack sysctls left alone, for not every kernel has them in a namespace. */
export function kubeProxyFlags(kubeconfig: string): string[] {
  return flags({
    kubeconfig,
    'cluster-cidr': POD_RANGE,
    'proxy-mode': 'iptables',
    'hostname-override': NODE_NAME,
    'conntrack-max-per-core': '0',
    'conntrack-tcp-timeout-established': '0',
    'conntrack-tcp-timeout-close-wait': '0'
  })
}

function cniConfiguration({ state }: Place): unknown {
  const ipam = {
    type: 'host-local',
    dataDir: join(state, 'ipam'),
    ranges: [[{ subnet: '10.244.0.0/24' }]],
    routes: [{ dst: '0.0.0.0/0' }]
  }
  const bridge = { type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: true, hairpinMode: true, ipam }
  return {
    cniVersion: '1.0.0',
    name: 'sandbox',
    plugins: [bridge, { type: 'portmap', capabilities: { portMappings: true } }]
  }
}

/**
 * restrict_oom_score_adj: without CAP_SYS_RESOURCE (many VMs and containers lack it) runc cannot lower the score, and
 * fails with "can't get final child's PID from pipe".
 */
function containerdConfiguration(place: Place): string {
  const { state } = place
  return `version = 2
root = "${state}/containerd/root"
state = "${state}/containerd/state"
[grpc]
  address = "${containerdSocket(place)}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${state}/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:sandbox"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${state}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`
}

/** Nothing is evicted or collected for a full disk: the images are ours alone, and cannot be pulled again. */
function kubeletConfiguration(place: Place): unknown {
  const pki = join(place.state, 'pki')
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(pki, 'ca.crt') }
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: join(pki, 'kubelet.crt'),
    tlsPrivateKeyFile: join(pki, 'kubelet.key'),
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${place.cgroup}`,
    failSwapOn: false,
    clusterDNS: [DNS_ADDRESS],
    clusterDomain: 'cluster.local',
    containerRuntimeEndpoint: `unix://${containerdSocket(place)}`,
    volumePluginDir: join(place.state, 'volume-plugins'),
    // How often a log's length is looked at; no less is allowed.
    containerLogMonitorInterval: '3s',
    evictionHard: { 'nodefs.available': '0%', 'imagefs.available': '0%', 'memory.available': '100Mi' },
    imageGCHighThresholdPercent: 100,
    enforceNodeAllocatable: [],
    resolvConf: ''
  }
}

// One real etcd and kube-apiserver on loopback, without root, ended with this process; knows no resource definitions.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, closeSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeCertificates } from '../sandbox/certificates.ts'
import { run } from '../sandbox/command.ts'
import { ADMIN, apiServerFlags, apiServerSubject, etcdFlags, flags } from '../sandbox/control-plane.ts'
import { explain } from '../sandbox/failure.ts'
import { writeKubeconfig } from '../sandbox/kubeconfig.ts'
import { identify } from '../sandbox/processes.ts'
import { waitFor } from '../sandbox/wait.ts'
import type { Binaries } from './binaries.ts'

const PREFIX = 'kubectl-mirror-api-'

export interface ApiServer {
  kubeconfig: string
  kubectl: string
  /** Its own temporary folder, with pki/ (ca, admin and sa) and the logs; gone after stop(). */
  dir: string
  stop(): Promise<void>
  /** At the same address and with the same data; with other flags of kube-apiserver, when given. */
  restart(extraFlags?: readonly string[]): Promise<void>
}

export interface ApiServerOptions {
  binaries: Binaries
  signal: AbortSignal
  /** For kube-apiserver, on top of what it needs; `--enable-admission-plugins=...`. */
  extraFlags?: readonly string[]
}

export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  for (let tries = 1; ; tries++) {
    try {
      return await startOnFreePorts(options)
    } catch (error) {
      // A port that was free may be another's, a client's even, before the server listens on it.
      if (tries === 3 || options.signal.aborted) throw error
    }
  }
}

async function startOnFreePorts({ binaries, signal, extraFlags = [] }: ApiServerOptions): Promise<ApiServer> {
  await sweep()
  const dir = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`))
  const pki = join(dir, 'pki')
  const kubeconfig = join(dir, 'kubeconfig')
  const kubectl = binaries.kubectl
  const [port, etcdPort, peerPort] = await freePorts(3)
  const running: ChildProcess[] = []
  const stop = async () => {
    for (const child of running.toReversed()) await end(child)
    await rm(dir, { recursive: true, force: true })
  }
  let server: ChildProcess
  const serve = async (extra: readonly string[]) => {
    server = start(binaries['kube-apiserver'], [...serverFlags(pki, port, etcdPort), ...extra], dir, 'kube-apiserver')
    running[1] = server
    const ready = async () =>
      (await run(kubectl, ['--kubeconfig', kubeconfig, 'get', '--raw', '/readyz'], { signal })) === 'ok'
    const process = identify(server.pid ?? 0)
    const log = join(dir, 'kube-apiserver.log')
    await waitFor('the API server', ready, { timeout: 90_000, signal, log, ...(process !== undefined && { process }) })
  }
  try {
    await writeCertificates(pki, { admin: ADMIN, apiserver: apiServerSubject([]) })
    await writeKubeconfig(kubeconfig, { pki, user: 'admin', server: `https://127.0.0.1:${port}`, context: 'apiserver' })
    running[0] = start(binaries.etcd, etcdFlags({ data: join(dir, 'etcd'), port: etcdPort, peerPort }), dir, 'etcd')
    await serve(extraFlags)
  } catch (error) {
    // Said now: the log goes with the folder.
    const message = explain(error)
    await stop()
    throw new Error(message, { cause: error })
  }
  const restart = async (extra: readonly string[] = extraFlags) => {
    await end(server)
    await serve(extra)
  }
  return { kubeconfig, kubectl, dir, stop, restart }
}

/** No controller gives namespaces their service account here, so that pods must do without one. */
function serverFlags(pki: string, port: number, etcdPort: number): string[] {
  const own = flags({
    'bind-address': '127.0.0.1',
    'secure-port': String(port),
    'authorization-mode': 'RBAC',
    'disable-admission-plugins': 'ServiceAccount',
    'endpoint-reconciler-type': 'none'
  })
  return [...apiServerFlags(pki, etcdPort), ...own]
}

function start(program: string, args: readonly string[], dir: string, name: string): ChildProcess {
  const output = openSync(join(dir, `${name}.log`), 'a')
  // On Linux it goes when this process goes, however that ends; elsewhere Ctrl-C reaches it with the rest of the group.
  const linux = process.platform === 'linux'
  const command = linux ? ['setpriv', '--pdeathsig', 'KILL', program, ...args] : [program, ...args]
  const child = spawn(command[0] ?? program, command.slice(1), {
    cwd: dir,
    // They live for minutes: with room for what is thrown away they need a fifth less of the processor.
    env: { ...process.env, GOGC: '400' },
    detached: linux,
    stdio: ['ignore', output, output]
  })
  child.on('error', () => {}) // reported to the wait for readiness
  closeSync(output)
  return child
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL') // its data goes too: there is nothing to save
  await gone
}

/** The folders of runs that were killed: the servers died with them. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, pid] = new RegExp(`^${PREFIX}(\\d+)-`).exec(name) ?? []
    if (pid !== undefined && identify(Number(pid)) === undefined)
      await rm(join(tmpdir(), name), { recursive: true, force: true })
  }
}

/** Asked for together, so that they differ. */
async function freePorts(count: 3): Promise<[number, number, number]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port) // they listen on TCP
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports as [number, number, number] // as many as servers
}

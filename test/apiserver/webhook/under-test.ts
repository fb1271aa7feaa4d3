// The real webhook in a process of its own, with the chart's own objects and its own service account's rights, called by
// the API server over TLS. Knows no test.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../sandbox/command.ts'
import { fetchTools } from '../../sandbox/downloads.ts'
import { placeOf } from '../../sandbox/place.ts'
import { Progress } from '../../sandbox/progress.ts'
import { connect, type Cluster } from '../../../webhook/kubernetes/client.ts'
import { until } from '../../until.ts'
import { ask, serverAccess } from '../ask.ts'
import { applyAll, deleteAll, makeNamespace, tokenOf } from '../objects.ts'

const ROOT = join(import.meta.dirname, '../../..')
export const NAMESPACE = 'kubectl-mirror'
const NAME = 'kubectl-mirror'

export interface InstalledChart {
  readonly port: number
  readonly serviceAccountFolder: string
  readonly server: URL
  uninstall(): Promise<void>
}

export interface RunningWebhook {
  /** The log so far, one object a line. */
  readonly log: readonly Record<string, unknown>[]
  readonly pid: number
  /** What /readyz says. */
  readiness(): Promise<string>
  /** The sum of a metric over the series whose labels contain the given text. */
  metric(name: string, labels?: string): Promise<number>
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** A client with the rights of a service account. */
export async function connectAs(account: string, namespace: string): Promise<Cluster> {
  const folder = await serviceAccountFolder(namespace, account)
  const { hostname, port } = await apiServerUrl()
  const client = connect({ host: hostname, port: Number(port), serviceAccountFolder: folder })
  return {
    ...client,
    close() {
      client.close()
      void rm(folder, { recursive: true })
    }
  }
}

/** What helm makes of the chart, or of some of its templates. */
export async function renderChart(...flags: readonly string[]): Promise<string> {
  const session = {
    place: placeOf(process.env),
    progress: new Progress(process.stderr),
    signal: new AbortController().signal
  }
  const helm = join(await fetchTools(session), 'helm')
  return run(helm, ['template', NAME, join(ROOT, 'charts/kubectl-mirror'), '--namespace', NAMESPACE, ...flags])
}

export interface Event {
  readonly reason: string
  readonly message: string
  readonly involvedObject: { readonly name: string }
}

export async function listEvents(namespace = 'default'): Promise<readonly Event[]> {
  const { items } = await ask<{ readonly items: readonly Event[] }>(`/api/v1/namespaces/${namespace}/events`)
  return items
}

export interface StoredVirtualService {
  readonly metadata: { readonly resourceVersion: string }
  readonly spec: { readonly http: readonly [{ readonly mirror?: { readonly subset: string } }] }
}

export function storedVirtualService(name = 'httpbin'): Promise<StoredVirtualService> {
  return ask(`/apis/networking.istio.io/v1/namespaces/default/virtualservices/${name}`)
}

/** Everything but the pods: the API server calls a port of this machine instead of the Service. */
export async function installChart(...flags: readonly string[]): Promise<InstalledChart> {
  const rendered = await renderChart('--no-hooks', ...flags)
  const port = await freePort()
  // Nothing here deletes namespaces: another test file may have left it.
  await makeNamespace(NAMESPACE)
  await applyAll(rendered)
  const clientConfig = [
    { op: 'replace', path: '/webhooks/0/clientConfig', value: { url: `https://localhost:${port}/mutate` } }
  ]
  const configuration = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${NAME}`
  await ask(configuration, 'PATCH', clientConfig, 'json-patch+json')
  const folder = await serviceAccountFolder(NAMESPACE, NAME)
  return {
    port,
    serviceAccountFolder: folder,
    server: await apiServerUrl(),
    async uninstall() {
      await deleteAll(rendered)
      await rm(folder, { recursive: true })
    }
  }
}

async function apiServerUrl(): Promise<URL> {
  return new URL((await serverAccess()).server)
}

/** As the kubelet mounts it. */
async function serviceAccountFolder(namespace: string, account: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-mirror-webhook-'))
  await writeFile(join(folder, 'ca.crt'), (await serverAccess()).authority)
  await writeFile(join(folder, 'namespace'), namespace)
  await writeFile(join(folder, 'token'), await tokenOf(namespace, account))
  return folder
}

/** Resolves when it is ready to serve. */
export async function startWebhook(chart: InstalledChart, ...flags: readonly string[]): Promise<RunningWebhook> {
  const webhook = await spawnWebhook(chart, ...flags)
  await until('the webhook is ready', async () => (await webhook.readiness()).startsWith('ok'), READY_WITHIN_MS)
  return webhook
}

/** Resolves when it answers, ready or not. */
export async function spawnWebhook(chart: InstalledChart, ...flags: readonly string[]): Promise<RunningWebhook> {
  const operationsPort = await freePort()
  const args = ['serve', '--port', String(chart.port), '--operations-port', String(operationsPort), '--drain', '100ms']
  const objects = [
    '--secret',
    `${NAME}-certificate`,
    '--configuration',
    NAME,
    '--lease',
    NAME,
    '--policy',
    `${NAME}-policy`
  ]
  const place = ['--service-account', chart.serviceAccountFolder, '--dns-names', 'localhost']
  const { hostname, port } = chart.server
  const child = spawn(process.execPath, [join(ROOT, 'dist/webhook.js'), ...args, ...objects, ...place, ...flags], {
    env: { HOSTNAME: 'test', KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const log: Record<string, unknown>[] = []
  let output = ''
  let partial = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (partial + text).split('\n')
    partial = lines.pop() ?? ''
    log.push(...lines.map((line) => JSON.parse(line) as Record<string, unknown>))
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  const operations = `http://127.0.0.1:${operationsPort}`
  await until(
    'the webhook answers',
    async () => {
      if (child.exitCode !== null) throw new Error(`the webhook ended with ${child.exitCode}: ${output}`)
      return (await fetch(`${operations}/livez`)).ok
    },
    READY_WITHIN_MS
  )
  return {
    log,
    pid: child.pid ?? 0,
    readiness: async () => (await fetch(`${operations}/readyz`)).text(),
    async metric(name, labels = '') {
      const text = await (await fetch(`${operations}/metrics`)).text()
      const lines = text.split('\n').filter((line) => new RegExp(`^${name}[{ ]`).test(line) && line.includes(labels))
      return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
    },
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      const exited = once(child, 'exit') as Promise<[number | null]>
      child.kill(signal)
      return (await exited)[0]
    }
  }
}

/** A verb of the webhook that ends by itself, as a pod of that service account runs it. */
export async function runJob(
  namespace: string,
  account: string,
  args: readonly string[]
): Promise<{ readonly code: number; readonly output: string }> {
  const folder = await serviceAccountFolder(namespace, account)
  const { hostname, port } = await apiServerUrl()
  const child = spawn(process.execPath, [join(ROOT, 'dist/webhook.js'), ...args, '--service-account', folder], {
    env: { HOSTNAME: 'test', KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number]
  await rm(folder, { recursive: true })
  return { code, output }
}

/** No claim, only an end: on a busy machine the start alone takes many seconds. */
const READY_WITHIN_MS = 120_000

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  await once(server.close(), 'close')
  return port
}

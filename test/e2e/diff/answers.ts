// Two versions of an application that answers in many ways, and a client, in a namespace of their own. Knows no comparison.
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../until.ts'
import { run, start, watchLines, type Running } from '../command.ts'

/** The four kinds of answers in which a v2 that differs does so. */
export const PATHS: readonly string[] = ['/items/{n}?n={n}', '/page?n={n}', '/orders?n={n}', '/list?n={n}']
export interface Answers {
  readonly namespace: string
  readonly kubeconfig: string
  readonly env: NodeJS.ProcessEnv
  /** stdout of kubectl in this namespace; throws with its stderr. */
  kubectl(args: readonly string[], input?: string): Promise<string>
  /** What v2 answers from now on. */
  setVariant(variant: 'same' | 'differs', replicas?: number): Promise<void>
  /** Numbered requests at a steady rate; `{n}` in a path is the number. `host`: HOST:PORT. */
  load(rate: number, seconds: number, paths: readonly string[], host?: string): Promise<Load>
  /** `kubectl mirror diff answers -o json`, still running. */
  diff(args: readonly string[], env?: NodeJS.ProcessEnv): Watching
  /** Those that a failed test left running. */
  endRuns(): Promise<void>
  /** EnvoyFilters, and the baseline in the route's annotations and in its rule. */
  leftOver(): Promise<string[]>
  close(): Promise<void>
}

export interface Watching extends Running {
  /** Sends requests to /empty until another is printed: then all taps are open. */
  opened(): Promise<void>
  /** Waits until no match has been printed for two seconds. */
  quiet(): Promise<void>
}

export interface Load {
  readonly sent: number
  readonly errors: number
  readonly p50: number
  readonly p99: number
}

export interface AnswersCluster {
  /** Of an administrator. */
  readonly kubeconfig: string
  /** Where kubectl and the plugin are. */
  readonly path: string
  /** With Python and gunicorn. */
  readonly image: string
}

/** What sends the callers to v1. */
export interface Route {
  /** KIND/answers. */
  readonly name: string
  readonly objects: readonly object[]
  /** In its JSON. */
  readonly baseline: RegExp
}

const VIRTUAL_SERVICE: Route = {
  name: 'virtualservice/answers',
  objects: [destinationRule(), virtualService()],
  baseline: /"mirrors"/g
}

export async function openAnswers(
  namespace: string,
  cluster: AnswersCluster,
  route = VIRTUAL_SERVICE
): Promise<Answers> {
  const folder = mkdtempSync(join(tmpdir(), 'answers-'))
  const kubeconfig = join(folder, 'kubeconfig')
  const env = { ...process.env, KUBECONFIG: kubeconfig, PATH: cluster.path }
  copyFileSync(cluster.kubeconfig, kubeconfig)
  const kubectl = (args: readonly string[], input = '') => run('kubectl', args, { env, input })
  const apply = (objects: readonly object[]): Promise<string> =>
    kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
  await kubectl(['config', 'set-context', '--current', '--namespace', namespace])
  await kubectl(['create', 'namespace', namespace])
  await kubectl(['label', 'namespace', namespace, 'istio-injection=enabled'])
  const { image } = cluster
  const runs = new Set<Running>()
  const setVariant = async (variant: 'same' | 'differs', replicas = 1): Promise<void> => {
    await apply([deployment('v1', 'same', replicas, image), deployment('v2', variant, replicas, image), client(image)])
    for (const name of ['answers-v1', 'answers-v2', 'client']) {
      await kubectl(['rollout', 'status', `deploy/${name}`, '--timeout=120s'])
    }
    await until(
      'no pod of before is left',
      async () => {
        const pods = await kubectl(['get', 'pods', '-l', 'app=answers', '-o', 'name'])
        return pods.trim().split('\n').length === 2 * replicas
      },
      60_000
    )
  }
  await apply([configMap(), service(), ...route.objects])
  await setVariant('differs')
  const load: Answers['load'] = async (rate, seconds, paths, host = 'answers:8000') => {
    const args = [host, `${rate}`, `${seconds}`, '8', ...paths]
    return JSON.parse(await kubectl(['exec', 'deploy/client', '--', 'python3', '/app/load.py', ...args])) as Load
  }
  return {
    namespace,
    kubeconfig,
    env,
    kubectl,
    setVariant,
    load,
    diff: (args, more = {}) => {
      const compared = start('kubectl', ['mirror', 'diff', 'answers', '-o', 'json', ...args], {
        env: { ...env, ...more }
      })
      runs.add(compared)
      void compared.ended.then(() => runs.delete(compared))
      const { lines, quiet } = watchLines(compared)
      const hasPrinted = async (before: number): Promise<boolean> => {
        if (!runs.has(compared)) throw new Error(`diff ended: ${(await compared.ended).stderr}`)
        await load(8, 1, ['/empty'])
        await pause(500)
        return lines() > before
      }
      return {
        ...compared,
        opened: () => {
          const before = lines()
          return until('another match is printed', () => hasPrinted(before), 60_000)
        },
        quiet
      }
    },
    endRuns: async () => {
      for (const compared of runs) compared.process.kill('SIGINT')
      await Promise.all([...runs].map(({ ended }) => ended))
    },
    leftOver: async () => {
      const filters = await kubectl(['get', 'envoyfilter', '-o', 'name'])
      const json = await kubectl(['get', route.name, '-o', 'json'])
      const baselines = [/kubectl-mirror.dev\/baseline/g, route.baseline].flatMap((one) => json.match(one) ?? [])
      return [...filters.split('\n'), ...baselines].filter(Boolean)
    },
    close: async () => {
      await kubectl(['delete', 'namespace', namespace, '--wait=false'])
      rmSync(folder, { recursive: true })
    }
  }
}

function configMap(): object {
  const text = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')
  const data = { 'application.py': text('application.py'), 'load.py': text('load.py') }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'answers' }, data }
}

function service(): object {
  const ports = [{ name: 'http', port: 8000, targetPort: 80 }]
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'answers' },
    spec: { selector: { app: 'answers' }, ports }
  }
}

function destinationRule(): object {
  const subsets = ['v1', 'v2'].map((version) => ({ name: version, labels: { version } }))
  return istio('DestinationRule', { host: 'answers', subsets })
}

function virtualService(): object {
  return istio('VirtualService', {
    hosts: ['answers'],
    http: [{ route: [{ destination: { host: 'answers', subset: 'v1' } }] }]
  })
}

function istio(kind: string, spec: object): object {
  return { apiVersion: 'networking.istio.io/v1', kind, metadata: { name: 'answers' }, spec }
}

function deployment(version: string, variant: string, replicas: number, image: string): object {
  // Connections are kept far longer than a pause between requests: else some request meets one that is just being closed,
  // and a copy is not tried again.
  const serve = 'gunicorn -k gthread --threads 8 --keep-alive 75 -b 0.0.0.0:80 --chdir /app application:app'
  const command = serve.split(' ')
  return workload(`answers-${version}`, { app: 'answers', version }, replicas, {
    image,
    command,
    env: [{ name: 'VARIANT', value: variant }],
    readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 }
  })
}

function client(image: string): object {
  return workload('client', { app: 'client' }, 1, { image, command: ['sleep', 'infinity'] })
}

function workload(name: string, labels: object, replicas: number, container: object): object {
  const volumeMounts = [{ name: 'app', mountPath: '/app' }]
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 2,
          containers: [{ name: 'app', volumeMounts, ...container }],
          volumes: [{ name: 'app', configMap: { name: 'answers' } }]
        }
      }
    }
  }
}

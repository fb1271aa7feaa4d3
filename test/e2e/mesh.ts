// httpbin v1 and v2 with a client in a namespace of its own, driven as a user does: by kubectl. Knows no mirror.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inject } from 'vitest'
import { until } from '../until.ts'
import { environment, runKubectl } from './kubectl.ts'

const HTTPBIN = new URL('../../examples/httpbin', import.meta.url).pathname

export interface Mesh {
  readonly namespace: string
  /** Whose commands are about this namespace, without naming it. */
  readonly env: NodeJS.ProcessEnv
  /** stdout of kubectl in this namespace; throws with its stderr. */
  kubectl(args: readonly string[], input?: string): Promise<string>
  /** Applies manifests given as text. */
  apply(manifest: string): Promise<string>
  /** curl in the client's pod; its stdout. */
  curl(...args: readonly string[]): Promise<string>
  /** Paths that a version's application logged and that contain the marker, in order, repetitions kept. */
  seen(version: string, marker: string): Promise<string[]>
  /** Of the VirtualService httpbin or another route, byte for byte as the API server has it. */
  spec(route?: string): Promise<string>
  /** Waits until the proxies do as the rule says, which they learn a second or two later. By default with the mirror v1 -> v2. */
  settle(mirrored: boolean, versions?: Seen): Promise<void>
  close(): Promise<void>
}

/** Which version must see what of a round of requests. Without any rule the Service balances: then none sees all of it. */
interface Seen {
  readonly all?: string
  /** Or none, where nothing is mirrored. */
  readonly some?: string
  /** Where they go. */
  readonly host?: string
  /** curl's options for these requests. */
  readonly curl?: readonly string[]
}

const ROUND = 20

/** Ready when both versions and the client run with their sidecars. */
export async function openMesh(namespace: string, manifestsOf = HTTPBIN): Promise<Mesh> {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-'))
  const env = { ...environment(), KUBECONFIG: join(folder, 'kubeconfig') }
  copyFileSync(inject('kubeconfig'), env.KUBECONFIG)
  const kubectl = (args: readonly string[], input = '') => runKubectl(args, { env, input })
  const apply = (manifest: string) => kubectl(['apply', '-f', '-'], manifest)
  const curl = (...args: readonly string[]) => kubectl(['exec', 'deploy/sleep', '--', 'curl', '-sS', ...args])
  const seen = async (version: string, marker: string) => {
    const log = await kubectl(['logs', `deploy/httpbin-${version}`, '--container', 'httpbin', '--tail', '-1'])
    const paths = Array.from(log.matchAll(/"[A-Z]+ (\S+) HTTP/g), ([, path = '']) => path)
    return paths.filter((path) => path.includes(marker))
  }
  await kubectl(['config', 'set-context', '--current', '--namespace', namespace])
  await kubectl(['create', 'namespace', namespace])
  await kubectl(['label', 'namespace', namespace, 'istio-injection=enabled'])
  const manifests = await kubectl(['kustomize', manifestsOf])
  await apply(manifests.replaceAll(/(?<=image: )\S+/g, inject('images').application))
  for (const name of ['httpbin-v1', 'httpbin-v2', 'sleep'])
    await kubectl(['rollout', 'status', `deploy/${name}`, '--timeout=120s'])
  return {
    namespace,
    env,
    kubectl,
    apply,
    curl,
    seen,
    spec: (route = 'virtualservice/httpbin') => kubectl(['get', route, '-o', 'jsonpath={.spec}']),
    settle: (mirrored, { all = 'v1', some = 'v2', host = 'httpbin:8000', curl: options = [] } = {}) =>
      until(
        `${all} sees all requests, and ${some} ${mirrored ? 'some' : 'none'}`,
        async () => {
          const marker = `settle=${Date.now()}-`
          await curl('-o', '/dev/null', ...options, `http://${host}/get?${marker}[1-${ROUND}]`)
          const requests = await steady(() => seen(all, marker))
          return requests.length === ROUND && (await seen(some, marker)).length > 0 === mirrored
        },
        120_000
      ),
    close: async () => {
      await kubectl(['delete', 'namespace', namespace, '--wait=false'])
      rmSync(folder, { recursive: true })
    }
  }
}

/** v3, as v2 is: a Deployment, which no rule and no Service knows yet. */
export async function addThirdVersion({ kubectl, apply }: Mesh): Promise<void> {
  const v2 = await kubectl(['get', 'deploy', 'httpbin-v2', '-o', 'json'])
  await apply(v2.replaceAll('httpbin-v2', 'httpbin-v3').replaceAll('"version": "v2"', '"version": "v3"'))
  await kubectl(['rollout', 'status', 'deploy/httpbin-v3', '--timeout=120s'])
}

/**
 * Asks until there are `atLeast` and none comes for a second: the last lines of a log take a moment. After 20 s what there is by
 * then, for the caller to judge.
 */
export async function steady<T>(ask: () => Promise<readonly T[]>, atLeast = 0): Promise<readonly T[]> {
  let before = await ask()
  for (let attempt = 0; attempt < 20; attempt++) {
    await sleep(1_000)
    const now = await ask()
    if (now.length === before.length && now.length >= atLeast) return now
    before = now
  }
  return before
}

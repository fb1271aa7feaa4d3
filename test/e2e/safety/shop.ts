// v1, a v2 with a fault, and two callers in a namespace of their own. Knows no mirror.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import { runKubectl } from '../kubectl.ts'

export interface Shop {
  readonly namespace: string
  kubectl(args: readonly string[], input?: string): Promise<string>
  /** The plugin. */
  mirror(...args: readonly string[]): Promise<string>
  /** Of application.py, or none. */
  setFault(fault: string): Promise<void>
  close(): Promise<void>
}

const FOLDER = fileURLToPath(new URL('.', import.meta.url))

export async function openShop(namespace: string): Promise<Shop> {
  const kubectl = (args: readonly string[], input = '') => runKubectl(['--namespace', namespace, ...args], { input })
  const ready = (name: string) => kubectl(['rollout', 'status', `deploy/${name}`, '--timeout=120s'])
  await kubectl(['create', 'namespace', namespace])
  await kubectl(['label', 'namespace', namespace, 'istio-injection=enabled'])
  const programs = ['application.py', 'load.py'].map((file) => `--from-file=${FOLDER}${file}`)
  await kubectl(['create', 'configmap', 'programs', ...programs])
  const manifests = readFileSync(`${FOLDER}shop.yaml`, 'utf8')
  await kubectl(['apply', '-f', '-'], manifests.replaceAll('IMAGE', inject('images').application))
  for (const name of ['web-v1', 'web-v2', 'mirrored', 'control']) await ready(name)
  return {
    namespace,
    kubectl,
    mirror: (...args) => runKubectl(['mirror', ...args, '--namespace', namespace]),
    async setFault(fault) {
      const write = ['sh', '-c', `echo none > /fault/name; sleep 0.5; echo ${fault} > /fault/name`]
      await kubectl(['exec', 'deploy/web-v2', '--container', 'switch', '--', ...write])
      // What hangs of the case before ends. Its fault may have made it unready.
      if (fault !== 'crashes') await ready('web-v2')
    },
    close: async () => void (await kubectl(['delete', 'namespace', namespace, '--wait=false']))
  }
}

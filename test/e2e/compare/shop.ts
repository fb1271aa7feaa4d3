// The shop of these tests in a namespace of its own, its client, and `kubectl mirror compare` beside it.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import { until } from '../../until.ts'
import type { Running } from '../command.ts'
import { runKubectl, startKubectl } from '../kubectl.ts'

export interface Shop {
  kubectl(args: readonly string[], input?: string): Promise<string>
  /** The fields of its one rule, written by hand: `compare` does not care who wrote them. */
  route(http: string): Promise<void>
  /** Restarts v2 with the environment. */
  setMirror(environment: readonly string[]): Promise<void>
  /** Sends requests, and resolves with each one's id and the version that answered it. */
  send(environment: Environment): Promise<Map<string, string>>
  /** The ids that a version's application printed, each with the x-request-ids of its requests. */
  printed(version: string, mark: string): Promise<Map<string, string[]>>
  compare(args: readonly string[]): Running
  close(): Promise<void>
}

export type Environment = Readonly<Record<string, string>>
export type Kubectl = Shop['kubectl']

export interface Answer {
  readonly id: string
  readonly version: string
  /** In milliseconds since 1970. */
  readonly at: number
}

export const V1 = '{destination: {host: shop, subset: v1}}'
export const V2 = '{destination: {host: shop, subset: v2}}'

/** A rule's fields. */
export function mirrored(route: string, percent: number): string {
  return `route: ${route}, retries: {attempts: 3, retryOn: 5xx}, mirror: {host: shop, subset: v2}, mirrorPercentage: {value: ${percent}}`
}

const FOLDER = fileURLToPath(new URL('.', import.meta.url))

/** `first`: a manifest to apply before the pods. */
export async function openShop(namespace: string, first?: string): Promise<Shop> {
  const kubectl = await openNamespace(namespace)
  const ready = (name: string) => kubectl(['rollout', 'status', `deploy/${name}`, '--timeout=120s'])
  if (first !== undefined) await kubectl(['apply', '-f', '-'], first)
  await kubectl(['apply', '-f', '-'], shopManifests())
  for (const name of ['shop-v1', 'shop-v2', 'client']) await ready(name)
  return {
    kubectl,
    route: async (http) => {
      const name = `rule-${Date.now()}`
      const rule = `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: shop}\nspec: {hosts: [shop], http: [{name: ${name}, ${http}}]}`
      await kubectl(['apply', '-f', '-'], rule)
      const routes = 'localhost:15000/config_dump?resource=dynamic_route_configs'
      const known = () => kubectl(['exec', 'deploy/client', '--', 'curl', '-sS', routes])
      await until("the client's sidecar knows the rule", async () => (await known()).includes(name), 60_000, 500)
    },
    setMirror: async (environment) => {
      await kubectl(['set', 'env', 'deploy/shop-v2', ...environment])
      await ready('shop-v2')
    },
    send: async (environment) => {
      const answers = await sendFrom(kubectl, environment)
      return new Map(answers.map(({ id, version }) => [id, version]))
    },
    printed: async (version, mark) => {
      const log = await kubectl(['logs', `deploy/shop-${version}`, '--container', 'shop', '--tail', '-1'])
      const ids = new Map<string, string[]>()
      for (const line of log.split('\n')) {
        const [client = '', request = ''] = line.split(' ').slice(-2)
        if (client.startsWith(`${mark}-`)) ids.set(client, [...(ids.get(client) ?? []), request])
      }
      return ids
    },
    compare: (args) => startKubectl(['mirror', 'compare', 'shop', '--namespace', namespace, ...args]),
    close: async () => void (await kubectl(['delete', 'namespace', namespace, '--wait=false']))
  }
}

/** With the shop's programs, and sidecars for its pods. */
export async function openNamespace(namespace: string): Promise<Kubectl> {
  const kubectl: Kubectl = (args, input = '') => runKubectl(['--namespace', namespace, ...args], { input })
  await kubectl(['create', 'namespace', namespace])
  await kubectl(['label', 'namespace', namespace, 'istio-injection=enabled'])
  const programs = ['application.py', 'client.py'].map((file) => `--from-file=${FOLDER}${file}`)
  await kubectl(['create', 'configmap', 'programs', ...programs])
  return kubectl
}

export function shopManifests(): string {
  return readFileSync(`${FOLDER}shop.yaml`, 'utf8').replaceAll('IMAGE', inject('images').application)
}

/** Requests of the shop's client. */
export async function sendFrom(kubectl: Kubectl, environment: Environment): Promise<Answer[]> {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  const program = ['env', ...variables, 'python3', '/programs/client.py']
  const stdout = await kubectl(['exec', 'deploy/client', '--', ...program])
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [id = '', version = '', , seconds] = line.split(' ')
      return { id, version, at: Number(seconds) * 1000 }
    })
}

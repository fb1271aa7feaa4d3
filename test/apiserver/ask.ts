// Asks a worker's API server itself, as an administrator: a kubectl takes a twentieth of a second of a core for each look.
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import { kubectl } from './own-server.ts'

export interface ServerAccess {
  readonly server: string
  /** PEM */
  readonly authority: Buffer
  readonly certificate: Buffer
  readonly key: Buffer
}

interface ParsedKubeconfig {
  readonly clusters: [{ readonly cluster: Readonly<Record<string, string>> }]
  readonly users: [{ readonly user: Readonly<Record<string, string>> }]
}

/** What the administrator's kubeconfig has in it. */
export async function serverAccess(): Promise<ServerAccess> {
  const raw = await kubectl(['config', 'view', '--raw', '-o', 'json'])
  const { clusters, users } = parse(raw) as ParsedKubeconfig
  const pem = (data: string | undefined) => Buffer.from(data ?? '', 'base64')
  return {
    server: clusters[0].cluster.server ?? '',
    authority: pem(clusters[0].cluster['certificate-authority-data']),
    certificate: pem(users[0].user['client-certificate-data']),
    key: pem(users[0].user['client-key-data'])
  }
}

let connection: Promise<{ readonly server: string; readonly agent: Agent }> | undefined

/** What it has at a path, or makes of a body; `patch`: of what type, `merge-patch+json`. */
export async function ask<T>(path: string, method = 'GET', body?: object, patch = 'apply-patch+yaml'): Promise<T> {
  connection ??= serverAccess().then(({ server, authority: ca, certificate: cert, key }) => ({
    server,
    agent: new Agent({ keepAlive: true, ca, cert, key })
  }))
  const { server, agent } = await connection
  const headers = { 'content-type': method === 'PATCH' ? `application/${patch}` : 'application/json' }
  const asked = request(new URL(path, server), { agent, method, headers })
  asked.end(body && JSON.stringify(body))
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const answer = await text(response)
  if (response.statusCode === 429) {
    // A kind that is asked for the first time.
    await sleep(1000)
    return ask(path, method, body, patch)
  }
  if (response.statusCode! >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${messageOf(answer)}`)
  return JSON.parse(answer) as T
}

function messageOf(answer: string): string {
  try {
    return (JSON.parse(answer) as { readonly message: string }).message
  } catch {
    return answer
  }
}

export interface Named {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

/** As `kubectl apply --server-side --validate=false` does. What is stored, as JSON; throws with what the API server says. */
export async function apply(namespace: string, object: object, force = false): Promise<string> {
  const { apiVersion, kind, metadata } = object as Named // every caller writes whole manifests
  const path = `${collection(namespace, apiVersion, `${kind.toLowerCase()}s`)}/${metadata.name}`
  return JSON.stringify(
    await ask(`${path}?fieldManager=kubectl&fieldValidation=Ignore&force=${force}`, 'PATCH', object)
  )
}

export function collection(namespace: string, apiVersion: string, resource: string): string {
  return `/${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}/namespaces/${namespace}/${resource}`
}

// Requests straight to the API server, many at once: kubectl would cost a process each. kubectl's own proxy gives them
// whatever credentials the kubeconfig has.
import { Agent, request } from 'node:http'
import { once } from 'node:events'
import { startKubectl } from './kubectl.ts'

export interface Response {
  readonly status: number
  readonly body: string
}

export type Send = (method: string, path: string, body?: object) => Promise<Response>

/** Requests under way at once, at most. */
export const SOCKETS = 20

export async function connect(): Promise<Send> {
  const url = await proxyUrl()
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS })
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
      const options = { agent, method, headers: { 'content-type': type } }
      request(new URL(path, url), options, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text })).on('error', reject)
      })
        .on('error', reject)
        .end(body === undefined ? undefined : JSON.stringify(body))
    })
}

/** One for each test file: it ends with the file's process. */
let proxy: Promise<URL> | undefined

function proxyUrl(): Promise<URL> {
  proxy ??= startProxy()
  return proxy
}

async function startProxy(): Promise<URL> {
  const { process: child, ended } = startKubectl(['proxy', '--port=0'])
  process.on('exit', () => child.kill())
  const said = once(child.stdout!, 'data').then(([chunk]) => String(chunk))
  const text = await Promise.race([said, ended.then(({ stderr }) => stderr)])
  const [, address] = /Starting to serve on (\S+)/.exec(text) ?? []
  if (address === undefined) throw new Error(`kubectl proxy does not serve: ${text}`)
  return new URL(`http://${address}`)
}

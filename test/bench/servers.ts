// Our webhook and its peers, each ready to be started on a port. Sends no load.
import { request } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { start, type Command, type Measured } from './process.ts'
import type { Stage } from './stage.ts'

export const SERVERS = {
  ours: 'kubectl-mirror',
  bare: 'bare node:https',
  compare: 'express + compare',
  pepr: 'Pepr 1.1.4',
  go: 'controller-runtime 0.25.2'
} as const

export type ServerName = keyof typeof SERVERS

export interface Server {
  readonly url: string
  readonly process: Measured
  /** From its start to its first answer. */
  readonly readyAfter: number
}

const READY_WITHIN_MS = 30_000

/** `body` is a review that it must answer before it is called ready. */
export async function startServer(name: ServerName, stage: Stage, body: Buffer): Promise<Server> {
  const port = await stage.freePort()
  const command = { log: `${stage.folder}/${name}.log`, ...(await LAUNCHES[name](stage, port)) }
  const url = `https://localhost:${port}/mutate${name === 'pepr' ? '/bench' : ''}`
  const started = performance.now()
  const running = start(command)
  for (;;) {
    if (await answers(url, body)) return { url, process: running, readyAfter: performance.now() - started }
    const end = running.ended()
    if (end !== undefined) throw new Error(`${SERVERS[name]} ended: ${end}`)
    if (performance.now() - started > READY_WITHIN_MS) {
      await running.stop()
      throw new Error(`${SERVERS[name]} gave no answer within ${READY_WITHIN_MS / 1000} s`)
    }
    await sleep(2)
  }
}

type Launch = Omit<Command, 'log'>

const LAUNCHES: Readonly<Record<ServerName, (stage: Stage, port: number) => Launch | Promise<Launch>>> = {
  ours: (stage, port) => stage.webhookCommand(port),
  bare: (stage, port) => script('bare', stage, port),
  compare: (stage, port) => script('compare', stage, port),
  pepr: ({ pepr, folder, cluster }, port) => ({
    file: process.execPath,
    args: [`${pepr}/dist/pepr-bench.js`],
    env: {
      PORT: String(port),
      PEPR_API_PATH: 'bench',
      SSL_CERT_PATH: `${folder}/tls.crt`,
      SSL_KEY_PATH: `${folder}/tls.key`,
      KUBECONFIG: cluster.kubeconfig
    }
  }),
  go: ({ goWebhook, folder }, port) => ({ file: goWebhook, args: [`--port=${port}`, `--certificates=${folder}`] })
}

function script(name: string, { folder }: Stage, port: number): Launch {
  return { file: process.execPath, args: [join(folder, `${name}.cjs`), folder, String(port)] }
}

/** Answers a review. The response's body, or undefined: none answers yet. */
export function ask(url: string, body: Buffer): Promise<{ status: number; body: string } | undefined> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json' }
    request(url, { method: 'POST', headers, rejectUnauthorized: false, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
    })
      .on('error', () => resolve(undefined))
      .end(body)
  })
}

async function answers(url: string, body: Buffer): Promise<boolean> {
  return (await ask(url, body))?.status === 200
}

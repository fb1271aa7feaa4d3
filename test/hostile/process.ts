// Starts the webhook as the pod does, asks it, and knows what each answer cost.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:https'
import { createInterface } from 'node:readline'
import type { Listening, Usage } from './server.ts'

/** What Node makes of `--max-old-space-size-percentage=40` (webhook/Dockerfile) within the chart's limit of 256 MiB. */
const AS_IN_THE_POD = ['--max-old-space-size=102', '--max-semi-space-size=4']

export interface Answer {
  readonly status: number
  readonly body: string
  /** Milliseconds of processor time. */
  readonly cpu: number
  /** Bytes, right after it. */
  readonly resident: number
}

export interface Webhook {
  /** Throws when the process ends, or hangs up. */
  ask(body: Buffer): Promise<Answer>
  /** Characters. */
  longestLogLine(): number
  stop(): Promise<void>
}

export async function startWebhook(): Promise<Webhook> {
  const child = fork(new URL('server.ts', import.meta.url), {
    execArgv: AS_IN_THE_POD,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc']
  })
  const ended = once(child, 'exit').then(([code, signal]): never => {
    throw new Error(`the webhook ended: ${String(signal ?? code)}`)
  })
  ended.catch(() => undefined) // reported to what waits for a response
  let longest = 0
  createInterface({ input: child.stdout! }).on('line', (line) => (longest = Math.max(longest, line.length)))
  const message = async <T>(): Promise<T> => ((await Promise.race([once(child, 'message'), ended])) as [T])[0]
  const { port, authority } = await message<Listening>()
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: authority })
  const usage = (): Promise<Usage> => {
    const answered = message<Usage>()
    child.send('usage')
    return answered
  }
  let before = await usage()
  return {
    async ask(body) {
      const { status, text } = await Promise.race([post(port, agent, body), ended])
      const after = await usage()
      const cpu = after.cpu - before.cpu
      before = after
      return { status, body: text, cpu, resident: after.resident }
    },
    longestLogLine: () => longest,
    async stop() {
      agent.destroy()
      child.kill()
      await ended.catch(() => undefined)
    }
  }
}

function post(port: number, agent: Agent, body: Buffer): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: 'localhost', port, agent, method: 'POST', path: '/mutate?timeout=10s' },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text })).on('error', reject)
      }
    )
    sent.on('error', reject).end(body)
  })
}

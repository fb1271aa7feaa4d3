// Asks one webhook many hostile reviews. Throws at the first wrong answer, and says how to see it again.
import { hostileBody } from './generate.ts'
import { fault } from './judge.ts'
import { startWebhook, type Answer, type Webhook } from './process.ts'
import { reviewOf, SHAPES } from './shapes.ts'

export interface Most {
  /** Milliseconds. */
  readonly cpu: number
  /** MiB. */
  readonly resident: number
}

interface Asking {
  readonly seed: number
  readonly from?: number
  readonly cases: number
  readonly progress?: (done: number, most: Most) => void
}

const EVERY = 5000
/** Processor time is measured beside everything else that runs: what is too long once is asked again. */
const TRIES = 4

/** Each named shape, then the generated ones. */
export async function ask({ seed, from = 0, cases, progress }: Asking): Promise<{ most: Most; log: number }> {
  const webhook = await startWebhook()
  let most: Most = { cpu: 0, resident: 0 }
  const judge = async (name: string, body: Buffer): Promise<void> => {
    const { answer, wrong } = await askAgain(webhook, body)
    if (wrong !== undefined) throw new Error(`${name}: ${wrong}`)
    most = { cpu: Math.max(most.cpu, answer.cpu), resident: Math.max(most.resident, answer.resident / 1024 / 1024) }
  }
  try {
    await warmUp(webhook)
    for (const [name, shape] of Object.entries(SHAPES)) {
      await judge(name, shape.kind === 'body' ? shape.make() : reviewOf(shape.make()))
    }
    for (let index = from; index < cases; index++) {
      await judge(`seed ${seed}, case ${index}`, hostileBody(seed, index))
      if ((index + 1) % EVERY === 0) progress?.(index + 1, most)
    }
    return { most, log: webhook.longestLogLine() }
  } finally {
    await webhook.stop()
  }
}

async function askAgain(webhook: Webhook, body: Buffer): Promise<{ answer: Answer; wrong: string | undefined }> {
  for (let attempt = 1; ; attempt++) {
    const answer = await webhook.ask(body)
    const wrong = fault(body, answer)
    if (attempt === TRIES || !wrong?.startsWith('it took')) return { answer, wrong }
  }
}

/** The first answers are those of a program that is not compiled yet. */
async function warmUp(webhook: Webhook): Promise<void> {
  for (let index = 0; index < 200; index++) await webhook.ask(hostileBody(0, index))
}

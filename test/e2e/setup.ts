// Before the e2e tests: this checkout's programs, a sandbox, the webhook's image. A sandbox that stood before stays up.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { provide } from '../provided.ts'
import { run } from '../sandbox/command.ts'
import { toolsFolder } from '../sandbox/downloads.ts'
import { explain } from '../sandbox/failure.ts'
import { placeOf } from '../sandbox/place.ts'
import { Progress } from '../sandbox/progress.ts'
import type { Session } from '../sandbox/session.ts'
import { buildWebhookImage } from '../sandbox/webhook-image.ts'

const ROOT = join(import.meta.dirname, '../..')
const SANDBOX = join(ROOT, 'test/sandbox/main.ts')

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const place = placeOf(process.env)
  const progress = new Progress(process.stderr)
  const session: Session = { place, progress, signal: new AbortController().signal }
  await said(progress.step('the programs of this checkout', () => run('node', ['scripts/build.ts'], { cwd: ROOT })))
  const release = await holdSandbox()
  try {
    await said(buildWebhookImage(session))
  } catch (error) {
    await release()
    throw error
  }
  const tools = toolsFolder(place)
  const path = [join(ROOT, 'dist'), tools, process.env['PATH']].join(delimiter)
  provide(project, { kubeconfig: place.kubeconfig, kubectl: join(tools, 'kubectl'), path })
  return release
}

/**
 * By a process of its own, which takes the sandbox down when our end of its stdin closes: vitest exits at once on
 * SIGINT, without any teardown. Detached, so that Ctrl-C does not end it before its time.
 */
async function holdSandbox(): Promise<() => Promise<void>> {
  const holder = spawn('node', [SANDBOX, 'hold'], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(holder, 'exit')
  const isUp = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)])
  if (!isUp) throw new Error('there is no sandbox to test on: see above')
  return async () => {
    holder.stdin.end()
    await ended
  }
}

/** vitest prints an error's message alone, without the log's tail. */
async function said<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new Error(explain(error), { cause: error })
  }
}

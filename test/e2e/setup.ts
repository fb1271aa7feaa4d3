// Before the e2e tests: this checkout's programs, a sandbox, the webhook's image. A sandbox that stood before stays up.
import { delimiter, join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { provide } from '../provided.ts'
import { run } from '../sandbox/command.ts'
import { toolsFolder } from '../sandbox/downloads.ts'
import { explain } from '../sandbox/failure.ts'
import { interruption } from '../sandbox/interruption.ts'
import { placeOf } from '../sandbox/place.ts'
import { Progress } from '../sandbox/progress.ts'
import type { Session } from '../sandbox/session.ts'
import { down, up } from '../sandbox/up.ts'
import { buildWebhookImage } from '../sandbox/webhook-image.ts'

const ROOT = join(import.meta.dirname, '../..')

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const place = placeOf(process.env)
  const session: Session = { place, progress: new Progress(process.stderr), signal: interruption() }
  let reused = true
  const leave = async () => {
    if (!reused) await down({ ...session, signal: new AbortController().signal })
  }
  try {
    reused = (await up(session)).reused
    await session.progress.step('the programs of this checkout', () => run('node', ['scripts/build.ts'], { cwd: ROOT }))
    await buildWebhookImage(session)
  } catch (error) {
    await leave()
    // vitest prints the message alone, without the log's tail.
    throw new Error(explain(error), { cause: error })
  }
  const tools = toolsFolder(place)
  const path = [join(ROOT, 'dist'), tools, process.env['PATH']].join(delimiter)
  provide(project, { kubeconfig: place.kubeconfig, kubectl: join(tools, 'kubectl'), path })
  return leave
}

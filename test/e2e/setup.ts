// Before the end-to-end tests: the programs built, a sandbox up, the webhook's image in it. One that stood before stays up.
import { execFileSync } from 'node:child_process'
import { delimiter, join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { toolsFolder } from '../sandbox/downloads.ts'
import { placeOf } from '../sandbox/place.ts'
import { Progress } from '../sandbox/progress.ts'
import type { Session } from '../sandbox/session.ts'
import { down, up } from '../sandbox/up.ts'
import { buildWebhookImage } from '../sandbox/webhook-image.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A cluster administrator's. */
    kubeconfig: string
    /** PATH with kubectl, helm and the plugin. */
    path: string
  }
}

const ROOT = join(import.meta.dirname, '../..')

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const place = placeOf(process.env)
  const session: Session = { place, progress: new Progress(process.stderr), signal: new AbortController().signal }
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.ts')], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit']
  })
  const { reused } = await up(session)
  const leave = async () => {
    if (!reused) await down(session)
  }
  try {
    await buildWebhookImage(session)
  } catch (error) {
    await leave()
    throw error
  }
  project.provide('kubeconfig', place.kubeconfig)
  project.provide('path', [join(ROOT, 'dist'), toolsFolder(place), process.env['PATH']].join(delimiter))
  return leave
}

// Before the e2e tests: this checkout's programs, and its webhook on a cluster. That is a sandbox (one that stood before stays
// up), or a context of the user's: see main.ts.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { existingCluster, hasWebhook, readImage } from '../existing-cluster.ts'
import { provide, type Provided } from '../provided.ts'
import { run } from '../sandbox/command.ts'
import { toolsFolder } from '../sandbox/downloads.ts'
import { explain, Failure } from '../sandbox/failure.ts'
import { placeOf } from '../sandbox/place.ts'
import { Progress } from '../sandbox/progress.ts'
import type { Session } from '../sandbox/session.ts'
import { APPLICATION_IMAGE } from '../sandbox/recipes.ts'
import { buildWebhookImage, WEBHOOK_IMAGE } from '../sandbox/webhook-image.ts'
import { installation, PLACE, REMOVAL } from './release.ts'

const ROOT = join(import.meta.dirname, '../..')
const SANDBOX = join(ROOT, 'test/sandbox/main.ts')

/** One for both projects: each runs this file as a module of its own. */
const shared = globalThis as { endToEnd?: Promise<Ground> }

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { provided, leave } = await (shared.endToEnd ??= prepare())
  provide(project, provided)
  return leave
}

async function prepare(): Promise<Ground> {
  const place = placeOf(process.env)
  const progress = new Progress(process.stderr)
  const session: Session = { place, progress, signal: new AbortController().signal }
  await said(progress.step('the programs of this checkout', () => run('node', ['scripts/build.ts'], { cwd: ROOT })))
  const context = process.env['KUBECTL_MIRROR_E2E_CONTEXT']
  const ground = await said(context === undefined ? sandbox(session) : existing(context))
  const { kubeconfig, path, images } = ground.provided
  const env = { KUBECONFIG: kubeconfig, PATH: path }
  try {
    await said(progress.step('the webhook', () => run('helm', installation(images.webhook), { env })))
  } catch (error) {
    await ground.leave()
    throw error
  }
  let leaving: Promise<void> | undefined
  return { provided: ground.provided, leave: () => (leaving ??= ground.leave()) }
}

interface Ground {
  readonly provided: Provided
  leave(): Promise<void>
}

async function sandbox(session: Session): Promise<Ground> {
  const leave = await holdSandbox()
  try {
    await buildWebhookImage(session)
  } catch (error) {
    await leave()
    throw error
  }
  const { place } = session
  const tools = toolsFolder(place)
  const images = { webhook: WEBHOOK_IMAGE, application: APPLICATION_IMAGE }
  return { provided: { kubeconfig: place.kubeconfig, path: pathWith(tools), images, ownsNode: true }, leave }
}

/** With kubectl and helm as the user has them. */
async function existing(context: string): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-mirror-e2e-'))
  const kubeconfig = existingCluster(context, folder)
  const env = { ...process.env, KUBECONFIG: kubeconfig }
  if (hasWebhook(env)) {
    throw new Failure(`context ${context} has a kubectl-mirror webhook, and these tests install and remove their own`, {
      remedy: 'uninstall it (helm uninstall kubectl-mirror --namespace kubectl-mirror), or use another cluster'
    })
  }
  const images = {
    webhook: readImage(process.env['KUBECTL_MIRROR_E2E_IMAGE'] ?? ''),
    application: process.env['KUBECTL_MIRROR_E2E_APPLICATION'] ?? ''
  }
  const leave = async () => {
    await run('helm', REMOVAL, { env: { KUBECONFIG: kubeconfig } })
    await run('kubectl', ['delete', 'namespace', PLACE[1], '--ignore-not-found', '--wait=false'], {
      env: { KUBECONFIG: kubeconfig }
    })
    rmSync(folder, { recursive: true })
  }
  return { provided: { kubeconfig, path: pathWith(), images, ownsNode: false }, leave }
}

function pathWith(...tools: readonly string[]): string {
  return [join(ROOT, 'dist'), ...tools, process.env['PATH']].join(delimiter)
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

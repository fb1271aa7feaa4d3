// Before the apiserver tests: one API server with Istio's real resource definitions, shared by all of them.
import { delimiter, dirname, join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { provide } from '../provided.ts'
import { run } from '../sandbox/command.ts'
import { explain } from '../sandbox/failure.ts'
import { placeOf } from '../sandbox/place.ts'
import { Progress } from '../sandbox/progress.ts'
import type { Session } from '../sandbox/session.ts'
import { type ApiServer, startApiServer } from './api-server.ts'
import { findBinaries, findIstioCrds } from './binaries.ts'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Nothing to abort by: vitest exits at once on SIGINT, and what runs for it ends with it.
  const session: Session = {
    place: placeOf(process.env),
    progress: new Progress(process.stderr),
    signal: new AbortController().signal
  }
  const server = await prepare(session).catch((error: unknown) => {
    // vitest prints the message alone, without the log's tail.
    throw new Error(explain(error), { cause: error })
  })
  const { kubeconfig, kubectl } = server
  provide(project, { kubeconfig, kubectl, path: [dirname(kubectl), process.env['PATH']].join(delimiter) })
  return () => server.stop()
}

/** What ships is what is tested: the bundles of this checkout. */
async function prepare(session: Session): Promise<ApiServer> {
  const { progress, signal } = session
  await progress.step('the programs of this checkout', () =>
    run(process.execPath, ['scripts/build.ts'], { cwd: join(import.meta.dirname, '../..'), signal })
  )
  return serve(session)
}

async function serve(session: Session): Promise<ApiServer> {
  const { progress, signal } = session
  const binaries = await findBinaries(session, process.env['KUBEBUILDER_ASSETS'])
  const crds = await findIstioCrds(session)
  const server = await progress.step('API server', () => startApiServer({ binaries, signal }))
  const kubectl = (...args: string[]) => run(server.kubectl, ['--kubeconfig', server.kubeconfig, ...args], { signal })
  try {
    await progress.step('Istio resource definitions applied', async () => {
      await kubectl('apply', '--server-side', '--filename', crds)
      await kubectl('wait', '--for', 'condition=established', '--timeout', '60s', '--filename', crds)
    })
    return server
  } catch (error) {
    await server.stop()
    throw error
  }
}

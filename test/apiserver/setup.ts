// Before the apiserver tests: an API server with Istio's real resource definitions for each worker that gets a file, so that files
// run side by side and still each alone on its server.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { provide } from '../provided.ts'
import { run } from '../sandbox/command.ts'
import { explain } from '../sandbox/failure.ts'
import { placeOf } from '../sandbox/place.ts'
import { Progress } from '../sandbox/progress.ts'
import type { Session } from '../sandbox/session.ts'
import { type ApiServer, type ApiServerOptions, startApiServer } from './api-server.ts'
import { findBinaries, findIstioCrds } from './binaries.ts'

const ROOT = join(import.meta.dirname, '../..')

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Nothing to abort by: vitest exits at once on SIGINT, and what runs for it ends with it.
  const session: Session = {
    place: placeOf(process.env),
    progress: new Progress(process.stderr),
    signal: new AbortController().signal
  }
  const files = project.vitest.state.getPaths()
  // Beside files of other projects any worker may get one of these.
  const most = files.every((path) => path.startsWith(import.meta.dirname)) ? files.length : Infinity
  const servers = await serve(session, Math.min(project.config.maxWorkers, most)).catch((error: unknown) => {
    // vitest prints the message alone, without the log's tail.
    throw new Error(explain(error), { cause: error })
  })
  const restarts = createServer((request, response) => {
    const server = servers[Number(request.url?.slice(1))]
    const restarted = server ? server.restart() : Promise.reject(new Error('there is no such server'))
    restarted.then(
      () => response.end(),
      (error: unknown) => response.writeHead(500).end(explain(error))
    )
  }).listen(0, '127.0.0.1')
  await once(restarts, 'listening')
  provide(project, {
    kubeconfigs: servers.map(({ kubeconfig }) => kubeconfig),
    kubectl: servers[0]!.kubectl,
    restarts: `http://127.0.0.1:${(restarts.address() as AddressInfo).port}`
  })
  return async () => {
    restarts.close()
    restarts.closeAllConnections()
    await Promise.all(servers.map((server) => server.stop()))
  }
}

async function serve(session: Session, count: number): Promise<ApiServer[]> {
  const { progress, signal } = session
  const binaries = await findBinaries(session, process.env['KUBEBUILDER_ASSETS'])
  const crds = await findIstioCrds(session)
  // What the tests start is what ships, and starts in half the time of its sources.
  await progress.step('the programs of this checkout', () =>
    run(process.execPath, ['scripts/build.ts'], { cwd: ROOT, signal })
  )
  const starting = Array.from({ length: count }, () => start({ binaries, signal }, crds))
  try {
    return await progress.step(`API servers with Istio's resource definitions: ${count}`, () => Promise.all(starting))
  } catch (error) {
    for (const outcome of await Promise.allSettled(starting))
      if (outcome.status === 'fulfilled') await outcome.value.stop()
    throw error
  }
}

async function start(options: ApiServerOptions, crds: string): Promise<ApiServer> {
  const server = await startApiServer(options)
  const { signal } = options
  const kubectl = (...args: string[]) => run(server.kubectl, ['--kubeconfig', server.kubeconfig, ...args], { signal })
  try {
    await kubectl('apply', '--server-side', '--validate=false', '--filename', crds)
    await kubectl('wait', '--for', 'condition=established', '--timeout', '60s', '--filename', crds)
    return server
  } catch (error) {
    await server.stop()
    throw error
  }
}

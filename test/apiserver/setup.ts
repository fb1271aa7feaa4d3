// Before the apiserver tests: one API server with Istio's real resource definitions, shared by all of them.
import { delimiter, dirname } from 'node:path'
import type { TestProject } from 'vitest/node'
import { run } from '../sandbox/command.ts'
import { interruption } from '../sandbox/interruption.ts'
import { placeOf } from '../sandbox/place.ts'
import { Progress } from '../sandbox/progress.ts'
import type { Session } from '../sandbox/session.ts'
import { startApiServer } from './api-server.ts'
import { findBinaries, findIstioCrds } from './binaries.ts'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const session: Session = {
    place: placeOf(process.env),
    progress: new Progress(process.stderr),
    signal: interruption()
  }
  const { progress, signal } = session
  const binaries = await findBinaries(session, process.env['KUBEBUILDER_ASSETS'])
  const crds = await findIstioCrds(session)
  const server = await progress.step('API server', () => startApiServer({ binaries, signal }))
  try {
    const kubectl = (...args: string[]) =>
      run(binaries.kubectl, ['--kubeconfig', server.kubeconfig, ...args], { signal })
    await progress.step('Istio resource definitions applied', async () => {
      await kubectl('apply', '--server-side', '--filename', crds)
      await kubectl('wait', '--for', 'condition=established', '--timeout', '60s', '--filename', crds)
    })
  } catch (error) {
    await server.stop()
    throw error
  }
  project.provide('kubeconfig', server.kubeconfig)
  project.provide('kubectl', binaries.kubectl)
  project.provide('path', [dirname(binaries.kubectl), process.env['PATH']].join(delimiter))
  return () => server.stop()
}

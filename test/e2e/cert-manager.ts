// cert-manager beside the sandbox: its real controller and its real injector of authorities. Not its own admission webhook,
// which refuses certificates that live for less than an hour. Knows nothing of ours.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { buildPrograms } from '../sandbox/build.ts'
import { placeOf } from '../sandbox/place.ts'
import { Progress } from '../sandbox/progress.ts'
import { certManagerDefinitions } from '../webhook-definitions.ts'
import { kubectl } from './kubectl.ts'

export interface CertManager {
  /** Takes its definitions away too, and with them all that was made of them. */
  stop(): Promise<void>
}

/** Its own namespace holds its Leases. */
const NAMESPACE = 'cert-manager'

export async function startCertManager(): Promise<CertManager> {
  const place = placeOf(process.env)
  const session = { place, progress: new Progress(process.stderr), signal: new AbortController().signal }
  const programs = await session.progress.step('cert-manager', (say) =>
    buildPrograms(['cert-manager-controller', 'cert-manager-cainjector'], session, say)
  )
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-mirror-cert-manager-'))
  const definitions = join(folder, 'definitions.yaml')
  await writeFile(definitions, await certManagerDefinitions())
  await kubectl('apply', '--server-side', '-f', definitions)
  await kubectl('wait', '--for=condition=Established', '--timeout=30s', '-f', definitions)
  await kubectl('create', 'namespace', NAMESPACE)
  const flags = [`--kubeconfig=${inject('kubeconfig')}`, `--leader-election-namespace=${NAMESPACE}`]
  const running = Object.entries(programs).map(([name, path]) => {
    const log = openSync(join(place.logs, `${name}.log`), 'w')
    const child = spawn(path, flags, { stdio: ['ignore', log, log] })
    closeSync(log)
    return child
  })
  return {
    async stop() {
      for (const child of running) {
        const ended = once(child, 'exit')
        if (child.exitCode === null && child.kill()) await ended
      }
      await kubectl('delete', '--ignore-not-found', '-f', definitions)
      await kubectl('delete', 'namespace', NAMESPACE)
      await rm(folder, { recursive: true })
    }
  }
}

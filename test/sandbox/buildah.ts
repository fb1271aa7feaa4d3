// Builds a Dockerfile with buildah and saves it as an OCI archive; knows nothing of what is in it, nor of any cluster.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inScratch } from './cache.ts'
import { run } from './command.ts'
import type { Session } from './session.ts'

export interface ImageSource {
  context: string
  dockerfile: string
  tag: string
  buildArgs?: Readonly<Record<string, string>>
  /** Dates everything in it, in seconds since 1970, and uses no layer of an earlier build: as a release is built. */
  timestamp?: number
}

export interface BaseImage {
  tag: string
  archive: string
  key: string
}

type Buildah = (...args: string[]) => Promise<string>

/** The image's id. buildah's layer cache compares the contents that are copied: unchanged sources keep their id. */
export async function buildImage(source: ImageSource, base: BaseImage | undefined, session: Session): Promise<string> {
  return withBuildah(session, source.tag, async (buildah, scratch) => {
    if (base !== undefined) await loadBase(base, buildah)
    const { context, dockerfile, tag, buildArgs = {}, timestamp } = source
    const args = Object.entries(buildArgs).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`])
    const idFile = join(scratch, 'id')
    const caching = timestamp === undefined ? ['--layers'] : ['--no-cache', '--timestamp', String(timestamp)]
    const options = [...caching, '--isolation', 'chroot', '--pull=false', '--iidfile', idFile, '--tag', tag]
    await buildah('build', ...options, ...args, '--file', dockerfile, context)
    return (await readFile(idFile, 'utf8')).trim().replace(/^sha256:/, '')
  })
}

export async function saveImage(tag: string, archive: string, session: Session): Promise<void> {
  await withBuildah(session, tag, (buildah) => buildah('push', '--quiet', tag, `oci-archive:${archive}:${tag}`))
}

/** localhost/istio/pilot:sandbox -> pilot */
export function nameOf(tag: string): string {
  return tag.replace(/^.*\//, '').replace(/:.*$/, '')
}

/** Its tag alone would not tell it from an older base of that name. */
async function loadBase({ tag, archive, key }: BaseImage, buildah: Buildah): Promise<void> {
  const keyed = `${tag.replace(/:[^:]*$/, '')}:key-${key}`
  const known = (await buildah('images', '--quiet', '--filter', `reference=${keyed}`)).trim() !== ''
  if (!known) {
    await buildah('pull', '--quiet', `oci-archive:${archive}`)
    await buildah('tag', tag, keyed)
  }
  await buildah('tag', keyed, tag)
}

async function withBuildah<T>(
  session: Session,
  tag: string,
  work: (buildah: Buildah, scratch: string) => Promise<T>
): Promise<T> {
  const { place, signal } = session
  return inScratch(place.cache, async (scratch) => {
    const configuration = join(scratch, 'containers.conf')
    // Else it leaves lock files in /etc.
    await writeFile(configuration, `[network]\nnetwork_backend = "cni"\nnetwork_config_dir = "${scratch}/network"\n`)
    const folders = ['--root', join(place.cache, 'buildah'), '--runroot', join(scratch, 'run')]
    const buildah: Buildah = (...args) =>
      run('buildah', [...folders, '--storage-driver', 'overlay', ...args], {
        contained: join(scratch, 'private'),
        env: { TMPDIR: scratch, CONTAINERS_CONF: configuration },
        log: join(place.logs, `image-${nameOf(tag)}.log`),
        signal
      })
    return work(buildah, scratch)
  })
}

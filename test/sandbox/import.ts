// Builds a Dockerfile for a sandbox that runs, and puts the image into its containerd.
import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildImage, type ImageSource, nameOf, saveImage } from './buildah.ts'
import { dropOthers, inScratch } from './cache.ts'
import { run } from './command.ts'
import { imagesFolder, nodeBase } from './images.ts'
import { containerdSocket } from './node.ts'
import type { Place } from './place.ts'
import type { Session } from './session.ts'

/**
 * Builds a Dockerfile for the running sandbox, with localhost/node:24 as a base that it may start from. Unchanged
 * sources cost about a second: buildah finds its layers again, and what the node has is not imported twice.
 */
export async function buildForSandbox(source: ImageSource, session: Session): Promise<void> {
  const { place } = session
  const id = await buildImage(source, nodeBase(place), session)
  const mark = markOf(source.tag, place)
  if (existsSync(mark) && (await readFile(mark, 'utf8')) === id) return
  const name = nameOf(source.tag)
  const archive = join(imagesFolder(place), `${name}-${id.slice(0, 16)}.tar`)
  if (!existsSync(archive)) {
    await inScratch(place.cache, async (scratch) => {
      await saveImage(source.tag, join(scratch, 'image.tar'), session)
      await rename(join(scratch, 'image.tar'), archive)
    })
    await dropOthers(imagesFolder(place), new RegExp(`^${name}-[0-9a-f]+\\.tar$`), archive)
  }
  await importArchive(archive, session)
  await mkdir(join(place.state, 'imported'), { recursive: true })
  await writeFile(mark, id)
}

async function importArchive(archive: string, { place, signal }: Session): Promise<void> {
  const log = join(place.logs, 'import.log')
  await run('ctr', ['--address', containerdSocket(place), '--namespace', 'k8s.io', 'images', 'import', archive], {
    log,
    signal
  })
}

/** Which image of that name the node has. */
function markOf(tag: string, { state }: Place): string {
  return join(state, 'imported', tag.replaceAll(/[^\w.-]/g, '_'))
}

// Builds a Dockerfile for a sandbox that runs, and puts the image into its containerd.
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildImage, type ImageSource, nameOf } from './buildah.ts'
import { run } from './command.ts'
import { cacheImage, nodeBase } from './images.ts'
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
  const archive = await cacheImage(source.tag, `built-${nameOf(source.tag)}`, id.slice(0, 16), session)
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

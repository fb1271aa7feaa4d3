// containerd's storage with the node's images already unpacked, so that `up` links files instead of unpacking archives.
import { createHash } from 'node:crypto'
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cached, dropOthers, inScratch } from './cache.ts'
import { run } from './command.ts'
import type { ImageArchive } from './images.ts'
import type { Session } from './session.ts'

/** containerd's own import, by a containerd that lives for it alone; ended gently, so that its databases are whole. */
const IMPORT = `set -e
socket="$1/containerd.sock"
containerd --config "$1/containerd.toml" >&2 &
pid=$!
for try in $(seq 100); do ctr --address "$socket" version >/dev/null 2>&1 && break; sleep 0.1; done
shift
for archive; do ctr --address "$socket" --namespace k8s.io images import "$archive"; done
kill $pid
wait $pid`

const PLACE = `set -e
cp -al "$1/." "$2" 2>/dev/null || cp -a "$1/." "$2"
cd "$1"
for database in *.bolt/meta.db *.overlayfs/metadata.db; do cp -a --remove-destination "$database" "$2/$database"; done`

export async function unpackImages(images: readonly ImageArchive[], session: Session): Promise<string> {
  const { place, signal } = session
  const archives = images.filter(({ isBase }) => !isBase).map(({ archive }) => archive)
  const key = createHash('sha256').update(archives.join('\n')).digest('hex').slice(0, 16)
  return cached(session, `store-${key}`, (folder) =>
    inScratch(place.cache, async (scratch) => {
      await writeFile(join(scratch, 'containerd.toml'), configuration(scratch))
      await run('sh', ['-c', IMPORT, 'sh', scratch, ...archives], {
        contained: join(scratch, 'private'),
        log: join(place.logs, 'store.log'),
        signal
      })
      const root = join(scratch, 'root')
      for (const name of await readdir(root)) await rename(join(root, name), join(folder, name))
      await dropOthers(place.cache, 'store', `store-${key}`)
    })
  )
}

/**
 * Contents and snapshots never change once written, so that hard links will do; the databases change, and are copied.
 * Without hard links (another file system) all of it is copied.
 */
export async function placeStore(store: string, root: string, signal: AbortSignal): Promise<void> {
  await mkdir(root, { recursive: true })
  await run('sh', ['-c', PLACE, 'sh', store, root], { signal })
}

/** Without CRI, which would look for CNI's configuration in /etc. */
function configuration(folder: string): string {
  return `version = 2
root = "${folder}/root"
state = "${folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${folder}/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "${folder}/opt"
`
}

// Builds the cluster's Go programs from pinned modules, each once per version; knows nothing of what they do.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cached, inScratch } from './cache.ts'
import { run } from './command.ts'
import type { Say } from './progress.ts'
import type { Session } from './session.ts'
import { GO_PROGRAMS, type GoProgram, type GoProgramName } from './versions.ts'

/** `-s -w` leaves debugging tables out of the program anyway: not making them takes 8 % off a cold build. */
const BUILD = ['build', '-mod=mod', '-trimpath', '-gcflags=all=-dwarf=false']

/** Their paths. One after the other: a single Go build already uses every core. */
export async function buildPrograms<Name extends GoProgramName>(
  names: readonly Name[],
  session: Session,
  say: Say
): Promise<Record<Name, string>> {
  const built: [Name, string][] = []
  for (const name of names) {
    const since = Date.now()
    const tell = () =>
      say(`${name}, ${built.length + 1} of ${names.length}, ${Math.round((Date.now() - since) / 1000)} s`)
    tell()
    const timer = setInterval(tell, 1000)
    try {
      built.push([name, await buildProgram(name, session)])
    } finally {
      clearInterval(timer)
    }
  }
  return Object.fromEntries(built) as Record<Name, string> // fromEntries forgets the keys' type
}

async function buildProgram(name: GoProgramName, session: Session): Promise<string> {
  const { place, signal } = session
  const program: GoProgram = GO_PROGRAMS[name]
  const entry = await cached(session, programKey(name), (folder) =>
    inScratch(place.cache, async (scratch) => {
      await mkdir(join(scratch, 'tmp'))
      await writeFile(join(scratch, 'go.mod'), goMod(program))
      if (program.main !== undefined) await writeFile(join(scratch, 'main.go'), program.main)
      await run('go', [...BUILD, ...program.flags, '-o', join(folder, name), program.package], {
        cwd: scratch,
        // An interrupted build leaves its own work folder behind: let it be one that the next run sweeps.
        // No C: coredns runs in an image made from scratch, and so the programs share what they have in common.
        env: { CGO_ENABLED: '0', GOTMPDIR: join(scratch, 'tmp') },
        log: join(place.logs, `build-${name}.log`),
        signal
      })
    })
  )
  return join(entry, name)
}

/** Names the cache's folder, so that a new pin is a new entry. */
export function programKey(name: GoProgramName): string {
  return `${name}-${GO_PROGRAMS[name].version}`
}

/** A module that only asks for the program's own: the versions of all others then come from that module's go.mod. */
export function goMod({ module, version, replace }: GoProgram): string {
  const replaces = Object.entries(replace).map(([from, to]) => `replace ${from} => ${from} ${to}\n`)
  return `module sandbox\n\ngo 1.24.0\n\nrequire ${module} ${version}\n\n${replaces.join('')}`
}

// Builds the cluster's Go programs from pinned modules, each once per version; knows nothing of what they do.
import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { cached, inScratch } from './cache.ts'
import { run } from './command.ts'
import { exclusively } from './lock.ts'
import type { Place } from './place.ts'
import type { Say } from './progress.ts'
import { GO_PROGRAMS, type GoBuild, type GoProgram, type GoProgramName } from './programs.ts'
import type { Session } from './session.ts'

/** Their paths. One build after the other: a single one already uses every core. */
export async function buildPrograms<Name extends GoProgramName>(
  names: readonly Name[],
  session: Session,
  say: Say
): Promise<Record<Name, string>> {
  const { place, progress, signal } = session
  const missing = () => names.filter((name) => !isBuilt(name, place))
  const builds = [...Map.groupBy(missing(), (name): GoBuild => GO_PROGRAMS[name].build).keys()]
  for (const [index, build] of builds.entries()) {
    const waiting = (detail: string) => progress.note(`Go programs: ${detail}`)
    await exclusively(join(place.cache, `go-${build.name}`), { say: waiting, signal }, async () => {
      // Another run may have made some meanwhile.
      const wanted = missing().filter((name) => GO_PROGRAMS[name].build === build)
      say(`${index + 1} of ${builds.length}, ${build.name} (${wanted.join(', ')})`)
      if (wanted.length > 0) await buildTogether(build, wanted, session)
    })
  }
  return Object.fromEntries(names.map((name) => [name, programPath(name, place)])) as Record<Name, string> // fromEntries forgets the keys' type
}

async function buildTogether(build: GoBuild, names: readonly GoProgramName[], session: Session): Promise<void> {
  const { place, signal } = session
  await inScratch(place.cache, async (scratch) => {
    const programs = names.map((name): GoProgram => GO_PROGRAMS[name])
    await writeFile(join(scratch, 'go.mod'), goMod(build))
    for (const { package: path, sources } of programs) {
      if (sources === undefined) continue
      await mkdir(join(scratch, path))
      for (const [file, text] of Object.entries(sources)) await writeFile(join(scratch, path, file), text)
    }
    await mkdir(join(scratch, 'tmp'))
    await run('go', [...goBuild(build), '-o', `${scratch}/out/`, ...programs.map(({ package: path }) => path)], {
      cwd: scratch,
      // An interrupted build leaves its own work folder behind: let it be one that the next run sweeps.
      // No C: coredns runs in an image made from scratch, and so the programs share what they have in common.
      env: { CGO_ENABLED: '0', GOTMPDIR: join(scratch, 'tmp') },
      log: join(place.logs, `build-${build.name}.log`),
      signal
    })
    for (const name of names) {
      const file = join(scratch, 'out', basename(GO_PROGRAMS[name].package))
      await cached(session, programKey(name), (folder) => rename(file, join(folder, name)))
    }
  })
}

/** Where it is, once it is built. */
export function programPath(name: GoProgramName, { cache }: Place): string {
  return join(cache, programKey(name), name)
}

export function isBuilt(name: GoProgramName, place: Place): boolean {
  return existsSync(programPath(name, place))
}

/** Names the cache's folder, so that a new pin is a new entry. */
export function programKey(name: GoProgramName): string {
  return `${name}-${GO_PROGRAMS[name].version}`
}

/** A module that only asks for the programs' own: the versions of all others then come from those modules' go.mod. */
export function goMod({ requires, replaces }: GoBuild): string {
  const lines = [
    ...Object.entries(requires).map(([module, version]) => `require ${module} ${version}`),
    ...Object.entries(replaces).map(([module, version]) => `replace ${module} => ${module} ${version}`)
  ]
  return `module sandbox\n\ngo 1.24.0\n\n${lines.join('\n')}\n`
}

/** `-s -w` leaves debugging tables out of the programs anyway: not making them takes 8 % off a cold build. */
function goBuild({ ldflags, tags }: GoBuild): string[] {
  return ['build', '-mod=mod', '-trimpath', '-gcflags=all=-dwarf=false', '-tags', tags, '-ldflags', `-s -w ${ldflags}`]
}

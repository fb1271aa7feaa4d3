// Says at once, and all together, why this machine cannot carry a sandbox; changes nothing.
import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { isPrepared } from './assets.ts'
import { run } from './command.ts'
import { Failure } from './failure.ts'
import type { Place } from './place.ts'

const GIGABYTE = 2 ** 30
/** With Go's own caches, when nothing is cached; and with everything cached, for one cluster's disk. */
const COLD_DISK = 8 * GIGABYTE
const WARM_DISK = 3 * GIGABYTE
/** A unix socket's path may have 107 bytes, and kubelet's lie deep. */
const LONGEST_STATE = 60

const ALTERNATIVE = 'use a cluster that you have, with Istio: npm run demo -- --context NAME'

export async function preflight(place: Place): Promise<void> {
  if (process.platform !== 'linux') refuse([`this is ${process.platform}; the sandbox needs Linux`])
  const cold = !isPrepared(place)
  const checks = [
    process.getuid?.() === 0 ? undefined : 'you are not root, which namespaces and containers need',
    cold && !(await works('go', 'version'))
      ? 'there is no `go` on PATH, which builds the cluster (https://go.dev/dl, 1.26 or newer)'
      : undefined,
    diskProblem(place, cold ? COLD_DISK : WARM_DISK),
    place.state.length > LONGEST_STATE
      ? `${place.state} is too long for unix sockets below it: set TMPDIR to a shorter path`
      : undefined,
    ...(process.getuid?.() === 0 ? await privilegeProblems() : [])
  ]
  refuse(checks.filter((problem) => problem !== undefined))
}

function refuse(problems: readonly string[]): void {
  if (problems.length === 0) return
  throw new Failure(`no sandbox can run here:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`, {
    remedy: ALTERNATIVE
  })
}

function diskProblem({ cache, state }: Place, needed: number): string | undefined {
  const folder = [cache, state].find((candidate) => freeAt(candidate) < needed)
  if (folder === undefined) return undefined
  return `${folder} has ${(freeAt(folder) / GIGABYTE).toFixed(1)} GB free of the ${needed / GIGABYTE} GB needed`
}

/** Of the nearest folder that exists. */
function freeAt(folder: string): number {
  if (!existsSync(folder)) return freeAt(dirname(folder))
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

/** Root inside a container often may neither make namespaces nor cgroups. */
async function privilegeProblems(): Promise<(string | undefined)[]> {
  const namespaces = await works('unshare', '--mount', '--net', '--pid', '--fork', 'true')
  return [
    namespaces ? undefined : 'root may not make namespaces here (a container without CAP_SYS_ADMIN?)',
    isWritable('/sys/fs/cgroup') ? undefined : '/sys/fs/cgroup is read-only (a container without --privileged?)'
  ]
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

async function works(command: string, ...args: string[]): Promise<boolean> {
  try {
    await run(command, args)
    return true
  } catch {
    return false
  }
}

// Gives some pods of a sandbox a core of their own and everything else the other one, as if that were on other machines.
// Measures nothing.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hierarchies } from '../sandbox/cgroups.ts'
import { run } from '../sandbox/command.ts'
import type { Place } from '../sandbox/place.ts'
import { readRecord } from '../sandbox/record.ts'

const PODS_CORE = '1'
const OTHER_CORE = '0'
/** Makes the processes of containers, `kubectl exec` too: those must not inherit its priority. */
const SHIM = /^containerd-shim/

/**
 * `apart`: the uids of pods. All other pods are on the other core, and so are the sandbox's daemons and this process with
 * its children, which yield to any of those pods at once. Returns how to undo it.
 */
export async function splitCores(place: Place, apart: readonly string[]): Promise<() => Promise<void>> {
  const former: { file: string; cores: string }[] = []
  for (const file of containersOf(place).map((folder) => join(folder, 'cpuset.cpus'))) {
    if (!existsSync(file)) continue
    former.push({ file, cores: await readFile(file, 'utf8') })
    await writeFile(file, apart.some((uid) => file.includes(`pod${uid}/`)) ? PODS_CORE : OTHER_CORE)
  }
  if (former.length === 0) throw new Error('the pods have no cpusets: is the cgroup controller cpuset on?')
  const others = processesOf(place).filter(({ isPod }) => !isPod)
  await each(others, ({ pid }) => ['taskset', '--all-tasks', '--cpu-list', '--pid', OTHER_CORE, `${pid}`])
  const yielding = others.filter(({ name }) => !SHIM.test(name))
  await each(yielding, ({ pid }) => ['chrt', '--all-tasks', '--idle', '--pid', '0', `${pid}`])
  return async () => {
    const now = processesOf(place).filter(({ isPod }) => !isPod)
    const all = `${OTHER_CORE},${PODS_CORE}`
    await each(now, ({ pid }) => ['taskset', '--all-tasks', '--cpu-list', '--pid', all, `${pid}`])
    await each(now, ({ pid }) => ['chrt', '--all-tasks', '--other', '--pid', '0', `${pid}`])
    for (const { file, cores } of former) if (existsSync(file)) await writeFile(file, cores)
  }
}

/** Milliseconds of processor time of a container so far, by the id that its runtime gave it. */
export function processorTimeOfContainer(place: Place, id: string): number {
  for (const folder of containersOf(place).filter((name) => name.endsWith(id))) {
    const [usage, stat] = [join(folder, 'cpuacct.usage'), join(folder, 'cpu.stat')]
    if (existsSync(usage)) return Number(readFileSync(usage, 'utf8')) / 1e6
    const microseconds = existsSync(stat) && /^usage_usec (\d+)$/m.exec(readFileSync(stat, 'utf8'))?.[1]
    if (microseconds) return Number(microseconds) / 1000
  }
  throw new Error(`no cgroup counts the processor time of container ${id}`)
}

/** Of every container, in every hierarchy: `pod<uid>/<id>` at any depth. */
function containersOf({ cgroup }: Place): string[] {
  const found: string[] = []
  const search = (folder: string): void => {
    for (const { name } of foldersIn(folder)) {
      const path = join(folder, name)
      if (/^pod[0-9a-f-]{36}$/.test(name)) found.push(...foldersIn(path).map((one) => join(path, one.name)))
      else search(path)
    }
  }
  for (const root of hierarchies()) search(join(root, cgroup))
  return found
}

function foldersIn(folder: string) {
  return existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).filter((one) => one.isDirectory()) : []
}

interface Process {
  readonly pid: number
  readonly name: string
  readonly isPod: boolean
}

/** Of the sandbox, and of this process: all that descend from their first ones. */
function processesOf(place: Place): Process[] {
  const record = readRecord(place)
  if (record?.holder === undefined) throw new Error('there is no sandbox')
  const children = Map.groupBy(allProcesses(), ({ parent }) => parent)
  const found = new Map<number, Process>()
  const first = [record.holder, ...Object.values(record.daemons), { pid: process.pid }]
  const roots = new Set(first.map(({ pid }) => pid))
  const add = ({ pid, name }: { pid: number; name: string }): void => {
    if (found.has(pid)) return
    found.set(pid, { pid, name, isPod: isInPod(pid, place) })
    children.get(pid)?.forEach(add)
  }
  for (const one of [...children.values()].flat()) if (roots.has(one.pid)) add(one)
  return [...found.values()]
}

function allProcesses(): { pid: number; parent: number; name: string }[] {
  return readdirSync('/proc').flatMap((entry) => {
    const status = /^\d+$/.test(entry) ? readOrNothing(`/proc/${entry}/status`) : ''
    const [, name = '', parent] = /^Name:\s+(.*)[^]*^PPid:\s+(\d+)$/m.exec(status) ?? []
    return parent === undefined ? [] : [{ pid: Number(entry), parent: Number(parent), name }]
  })
}

function isInPod(pid: number, { cgroup }: Place): boolean {
  return new RegExp(`:/${cgroup}/.*/pod[0-9a-f-]{36}`, 'm').test(readOrNothing(`/proc/${pid}/cgroup`))
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // it has ended meanwhile
  }
}

/** One that has ended meanwhile is no failure. */
async function each(processes: readonly Process[], command: (one: Process) => readonly string[]): Promise<void> {
  for (const one of processes) {
    const [file = '', ...args] = command(one)
    await run(file, args).catch((error: unknown) => {
      if (existsSync(`/proc/${one.pid}`)) throw error
    })
  }
}

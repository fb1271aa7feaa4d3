// Acts on the sandbox's node as root, past the API server: on containers' processes, daemons and packets. Knows no fault.
import { readdirSync, readFileSync } from 'node:fs'
import { run } from '../../sandbox/command.ts'
import { inside } from '../../sandbox/namespace.ts'
import { placeOf } from '../../sandbox/place.ts'
import { readRecord, type SandboxRecord } from '../../sandbox/record.ts'
import { kubectl } from '../kubectl.ts'

interface Pod {
  readonly metadata: { readonly name: string }
  readonly status: {
    readonly podIP: string
    readonly containerStatuses?: readonly { readonly name: string; readonly containerID?: string }[]
  }
}

export interface Process {
  readonly pod: string
  readonly address: string
  /** On the host: of the container's first process. */
  readonly pid: number
}

/** Of each pod that runs, in the order of their names. */
export async function processesOf(namespace: string, selector: string, container: string): Promise<Process[]> {
  const list = [
    'get',
    'pods',
    '--namespace',
    namespace,
    '--selector',
    selector,
    '--sort-by=.metadata.name',
    '-o',
    'json'
  ]
  const { items } = JSON.parse(await kubectl(...list)) as { readonly items: readonly Pod[] }
  return items.flatMap(({ metadata, status }) => {
    const id = status.containerStatuses?.find(({ name }) => name === container)?.containerID?.split('//')[1]
    const pid = id === undefined ? undefined : firstProcessOf(id)
    return pid === undefined ? [] : [{ pod: metadata.name, address: status.podIP, pid }]
  })
}

function firstProcessOf(container: string): number | undefined {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => read(pid, 'cgroup').includes(container) && /^NSpid:.*\t1$/m.test(read(pid, 'status')))
}

/** A process may end while it is looked at. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

/** The sandbox's own: its network is the API server's and the kubelet's. */
export function onNode(...command: readonly string[]): Promise<string> {
  const [file = '', ...args] = inside(record(), command)
  return run(file, args)
}

/** Stopped, it keeps its connections and answers nothing. */
export function signalDaemon(name: string, signal: NodeJS.Signals): void {
  // What is on record is nsenter, which waits for its only child.
  const holder = record().daemons[name]?.pid
  const child = holder === undefined ? '' : read(holder, `task/${holder}/children`)
  if (child === '') throw new Error(`the sandbox has no ${name} that runs`)
  process.kill(Number(child), signal)
}

function record(): SandboxRecord {
  const found = readRecord(placeOf(process.env))
  if (found === undefined) throw new Error('there is no sandbox on record')
  return found
}

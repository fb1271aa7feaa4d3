// Two callers under one load, by load.py: one whose requests are mirrored, and beside it one whose requests are not.
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { Ended, Running } from '../command.ts'
import { startKubectl } from '../kubectl.ts'

export interface LoadOptions {
  /** Requests a second; of the caller without a mirror at most 100, which tell its p99 as well and leave the machine to the other. */
  readonly rate: number
  /** Bytes, and seconds between two. */
  readonly uploads: readonly (readonly [bytes: number, every: number])[]
}

/** Of one phase. */
export interface Phase {
  readonly requests: readonly SentRequest[]
  /** Twice a second. */
  readonly samples: readonly (readonly [bytes: number, open: number, dropped: number])[]
}

/** `at`: seconds since its phase began. `outcome`: an HTTP status, or why there was none. */
export type SentRequest = readonly [at: number, milliseconds: number, outcome: string, bytes: number]

export type Phases = Readonly<Record<string, Phase>>

export interface Seen {
  readonly mirrored: Phases
  readonly control: Phases
}

/** Runs a command in a caller's container. */
export type InCaller = (name: string, command: readonly string[], input: PassThrough) => Running

/** By the API server. */
export function byKubectl(namespace: string): InCaller {
  return (name, command, input) => {
    const exec = ['exec', '--stdin', '--namespace', namespace, `deploy/${name}`, '--container', 'caller', '--']
    return startKubectl([...exec, ...command], { input })
  }
}

/** Seconds. */
const TIMEOUT = 10
const COPIES = String.raw`^cluster\.outbound\|8000\|(kubectl-mirror-)?v2\|`

/** `act` begins one phase after the other. A request belongs to the phase in which it was due. */
export async function underLoad(
  run: InCaller,
  options: LoadOptions,
  act: (begin: (phase: string) => void) => Promise<void>
): Promise<Seen> {
  const start = async (name: string, host: string, rate: number) => {
    const lines = new PassThrough()
    const load = JSON.stringify({ ...options, rate, host, port: 8000, timeout: TIMEOUT, copies: COPIES })
    const { process, ended } = run(name, ['python3', '/programs/load.py', load], lines)
    await Promise.race([once(process.stderr!, 'data'), ended])
    return { lines, ended }
  }
  const callers = await Promise.all([
    start('mirrored', 'web', options.rate),
    start('control', 'control', Math.min(100, options.rate))
  ])
  try {
    await act((phase) => callers.forEach(({ lines }) => lines.write(`${phase}\n`)))
  } finally {
    for (const { lines } of callers) lines.end()
  }
  const [mirrored, control] = await Promise.all(callers.map(({ ended }) => read(ended)))
  return { mirrored: mirrored!, control: control! }
}

async function read(ended: Promise<Ended>): Promise<Phases> {
  const { code, stdout, stderr } = await ended
  if (code !== 0) throw new Error(`load.py ended with ${code}: ${stderr}`)
  return JSON.parse(stdout) as Phases // load.py is ours
}

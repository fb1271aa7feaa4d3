// Runs the plugin as it ships, here or in a process as a user does, and kubectl beside it. Knows no test.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { apply as applyOne } from '../ask.ts'
import { kubeconfig } from '../own-server.ts'
import { runCommand, type Ended } from './command.ts'

export type { Ended } from './command.ts'

/** Built by the global setup. */
const PLUGIN = join(import.meta.dirname, '../../../dist/kubectl-mirror')

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

export interface RunOptions extends CommandOptions {
  readonly cwd?: string
}

/** In this process. */
export function mirror(args: readonly string[], { env = {}, input }: CommandOptions = {}): Promise<Ended> {
  return runCommand(args, { ...cleanEnvironment(), ...env }, input)
}

/** What completion prints for the words typed so far, in this process. */
export function completions(...words: readonly string[]): Promise<Ended> {
  return mirror(['__complete', ...words])
}

/** In a process of its own: where its folder, its start or what it starts itself matter. */
export function mirrorProcess(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return end(process.execPath, [PLUGIN, ...args], options)
}

export interface Running {
  readonly child: ChildProcess
  readonly output: { stdout: string; stderr: string }
}

/** One that is to be watched, and signalled, while it runs. */
export function start(namespace: string, ...args: readonly string[]): Running {
  return startWith({}, namespace, ...args)
}

interface StartOptions extends Pick<RunOptions, 'env'> {
  /** A file for its standard output. */
  readonly stdout?: string
}

export function startWith({ env, stdout }: StartOptions, namespace: string, ...args: readonly string[]): Running {
  const file = stdout === undefined ? undefined : openSync(stdout, 'w')
  const child = spawn(process.execPath, [PLUGIN, ...args, '--namespace', namespace], {
    env: { ...cleanEnvironment(), ...env },
    stdio: ['pipe', file ?? 'pipe', 'pipe']
  })
  if (file !== undefined) closeSync(file)
  const output = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  return { child, output }
}

/** Also one that fails. */
export function tryKubectl(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return end(inject('kubectl'), args, options)
}

export async function apply(namespace: string, ...objects: readonly object[]): Promise<void> {
  for (const object of objects) await applyOne(namespace, object)
}

function end(command: string, args: readonly string[], { env = {}, cwd, input }: RunOptions): Promise<Ended> {
  const clean = { ...cleanEnvironment(), ...env }
  return new Promise((resolve) => {
    const child = execFile(
      command,
      args,
      { env: clean, ...(cwd !== undefined && { cwd }), maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code ?? 128), stdout, stderr })
    )
    child.stdin?.end(input ?? '')
  })
}

/** Nothing of this machine's own configuration. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH, GOGC } = process.env
  return { PATH, GOGC, HOME: tmpdir(), KUBECONFIG: kubeconfig() }
}

/** A folder of its own with the given files. */
export async function folderWith(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-mirror-plugin-'))
  await Promise.all(
    Object.entries(files).map(([name, content]) => writeFile(join(folder, name), content, { mode: 0o700 }))
  )
  return folder
}

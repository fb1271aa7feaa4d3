// Runs one command to its end: output into a log, stopped with all its children on abort; knows no command by name.
import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { Failure } from './failure.ts'

/** How long a command may take to tidy up after an abort. */
const GRACE = 20_000

/** A pid namespace and a mount namespace of its own: whatever it starts and mounts dies with it, even by SIGKILL. */
const UNSHARE = 'unshare --mount --propagation private --pid --fork --kill-child --mount-proc'.split(' ')

/** What it writes to /run and /var/lib goes into memory, and is forgotten. */
const FORGETFUL = `set -e
mount -t tmpfs tmpfs "$1"
for name in run var/lib; do
  mkdir -p "$1/$name/upper" "$1/$name/work"
  mount -t overlay overlay -o "lowerdir=/$name,upperdir=$1/$name/upper,workdir=$1/$name/work" "/$name"
done
shift
exec "$@"`

export interface CommandOptions {
  log?: string
  cwd?: string
  env?: Readonly<Record<string, string>>
  input?: string
  signal?: AbortSignal
  /** A folder to mount memory on: the command then leaves nothing running, mounted or written. Needs root. */
  contained?: string
}

/** Its stdout. */
export async function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  options.signal?.throwIfAborted()
  const [file = command, ...rest] = [...wrapper(options), command, ...args]
  if (options.log !== undefined) mkdirSync(dirname(options.log), { recursive: true })
  if (options.contained !== undefined) mkdirSync(options.contained, { recursive: true })
  const write = (text: string) => options.log !== undefined && appendFileSync(options.log, text)
  write(`$ ${[command, ...args].join(' ')}\n`)
  const child = spawn(file, rest, {
    detached: true,
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...process.env, ...options.env }
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (write(text), (stdout += text)))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (write(text), (stderr = (stderr + text).slice(-4000))))
  // A command that ends before it has read everything says why by its exit code.
  child.stdin.on('error', () => {}).end(options.input ?? '')
  const stop = abortable(child.pid, options)
  try {
    const code = await new Promise<number | string>((resolve, reject) => {
      child.on('error', reject).on('close', (exit, killedBy) => resolve(exit ?? killedBy ?? 'unknown'))
    })
    options.signal?.throwIfAborted()
    if (code === 0) return stdout
    throw new Failure(
      `${commandLine(command, args)} ended with ${code}${options.log === undefined ? `: ${stderr.trim()}` : ''}`,
      {
        ...(options.log !== undefined && { log: options.log })
      }
    )
  } finally {
    stop()
  }
}

/** Linux ends the command when this process dies without a chance to (kill -9); go tidies up on SIGINT, a container need not. */
function wrapper({ contained }: CommandOptions): string[] {
  if (process.platform !== 'linux') return []
  if (contained === undefined) return ['setpriv', '--pdeathsig', 'INT']
  return ['setpriv', '--pdeathsig', 'KILL', ...UNSHARE, 'sh', '-c', FORGETFUL, 'sh', contained]
}

/** Signals the command's whole group, as long as we have not seen it end: until then the number is still its own. */
function abortable(pid: number | undefined, { signal, contained }: CommandOptions): () => void {
  if (pid === undefined || signal === undefined) return () => {}
  let timer: NodeJS.Timeout | undefined
  const onAbort = () => {
    killGroup(pid, contained === undefined ? 'SIGINT' : 'SIGKILL')
    timer = setTimeout(() => killGroup(pid, 'SIGKILL'), GRACE)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  return () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // Gone meanwhile.
  }
}

function commandLine(command: string, args: readonly string[]): string {
  const line = [command, ...args].join(' ')
  return line.length > 120 ? `${line.slice(0, 117)}...` : line
}

// Commands in a given environment: one that runs on while it is watched, and one that must succeed. Knows no cluster.
import { spawn, type ChildProcess } from 'node:child_process'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

export interface CommandOptions {
  /** The whole of it. */
  readonly env: NodeJS.ProcessEnv
  /** A stream's end is the command's end of input. */
  readonly input?: string | Buffer | Readable
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
}

export function start(command: string, args: readonly string[], { env, input }: CommandOptions): Running {
  const child = spawn(command, args, { env, stdio: 'pipe' })
  // A command that ends before it has read everything says why by its exit code.
  child.stdin.on('error', () => {})
  if (input instanceof Readable) input.pipe(child.stdin)
  else child.stdin.end(input)
  const code = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject))
  const stdout = collect(child.stdout)
  const stderr = collect(child.stderr)
  return { process: child, ended: code.then((exit) => ({ code: exit, stdout: stdout(), stderr: stderr() })) }
}

export interface Printing {
  /** Whole lines on stdout so far. */
  lines(): number
  /** Waits until none has come for two seconds. */
  quiet(): Promise<void>
}

export function watchLines({ process: { stdout } }: Running): Printing {
  let lines = 0
  stdout?.on('data', (text: string) => (lines += text.split('\n').length - 1))
  return {
    lines: () => lines,
    quiet: async () => {
      for (let before = -1; before !== lines; await sleep(2000)) before = lines
    }
  }
}

/** Returns the text so far. Unlike `text()`, it does not reject when a test destroys the stream. */
function collect(stream: Readable): () => string {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  return () => text
}

/** stdout; throws with its stderr. */
export async function run(command: string, args: readonly string[], options: CommandOptions): Promise<string> {
  const { code, stdout, stderr } = await start(command, args, options).ended
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${stderr}`)
  return stdout
}

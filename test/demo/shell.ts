// Types a command as the user would, shows its output and returns it. Knows neither the tutorial nor the cluster.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { styleText } from 'node:util'

export interface Shell {
  /** Where stories are told. */
  tell(text: string): void
  /** Prints `$ LINE`, runs it, prints what it prints; its stdout. Throws when it fails. */
  type(line: string): Promise<string>
  /** The same for a command that keeps running; `seen` resolves once its output has a line for each list, with all of its parts. */
  follow(line: string): Following
}

export interface Following {
  seen(lines: readonly (readonly string[])[], seconds: number): Promise<void>
  /** As Ctrl-C does. */
  interrupt(): Promise<void>
}

export function openShell(cwd: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Shell {
  const start = (line: string) => {
    signal.throwIfAborted()
    process.stdout.write(`${styleText('bold', `$ ${line}`)}\n`)
    // A process group of its own: Ctrl-C in the terminal reaches the demo alone, which then ends what it started.
    const child = spawn('bash', ['-c', line], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const stop = () => interrupt(child)
    signal.addEventListener('abort', stop, { once: true })
    child.once('close', () => signal.removeEventListener('abort', stop))
    return { child, output: show(child) }
  }
  return {
    tell: (text) => void process.stdout.write(`\n${styleText('cyan', text)}\n`),
    type: async (line) => {
      const { child, output } = start(line)
      const [code] = (await once(child, 'close')) as [number | null]
      signal.throwIfAborted()
      if (code !== 0) throw new Error(`"${line}" ended with exit code ${code}; see its message above`)
      return output.stdout
    },
    follow: (line) => {
      const { child, output } = start(line)
      return {
        seen: (lines, seconds) => waitFor(child, output, lines, seconds),
        interrupt: async () => {
          if (child.exitCode !== null) return
          interrupt(child)
          await once(child, 'close')
        }
      }
    }
  }
}

function show(child: ChildProcess): { stdout: string } {
  const output = { stdout: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
    process.stdout.write(text)
  })
  child.stderr?.on('data', (chunk: Buffer) => void process.stderr.write(chunk))
  return output
}

function interrupt(child: ChildProcess): void {
  if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGINT')
}

async function waitFor(
  child: ChildProcess,
  output: { stdout: string },
  lines: readonly (readonly string[])[],
  seconds: number
): Promise<void> {
  const end = Date.now() + seconds * 1_000
  const missing = () => {
    const shown = output.stdout.split('\n')
    return lines.filter((parts) => !shown.some((line) => parts.every((part) => line.includes(part))))
  }
  while (missing().length > 0) {
    if (Date.now() > end || child.exitCode !== null)
      throw new Error(
        `not seen in the logs: ${missing()
          .map((parts) => parts.join('... '))
          .join(', ')}`
      )
    await sleep(50)
  }
}

// Runs the built plugin's command line in this process, as start.ts does in its own: a process takes a tenth of a second of a
// core to start. Knows no test, and nothing of signals, pipes or folders: tests of those start processes.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import type { complete } from '../../../plugin/cli/complete.ts'
import type { runCommandLine } from '../../../plugin/cli/cli.ts'
import type { Io } from '../../../plugin/io/io.ts'

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const CHUNKS = join(import.meta.dirname, '../../../dist/plugin')

interface Built {
  readonly runCommandLine: typeof runCommandLine
  readonly complete: typeof complete
}

/** What start.ts imports by these names. */
async function load<Name extends keyof Built>(chunk: string, name: Name): Promise<Built[Name]> {
  const files = readdirSync(CHUNKS).filter((file) => new RegExp(`^${chunk}-[A-Z0-9]{8}\\.js$`).test(file))
  if (files.length !== 1) throw new Error(`dist/plugin has ${files.length} chunks of ${chunk}.ts`)
  const built = (await import(pathToFileURL(join(CHUNKS, files[0]!)).href)) as Built
  return built[name]
}

export async function runCommand(argv: readonly string[], env: Io['env'], input = ''): Promise<Ended> {
  const [stdout, stderr] = [new Collected(), new Collected()]
  const io: Io = {
    stdin: Readable.from(input === '' ? [] : [Buffer.from(input)], { objectMode: false }),
    stdout,
    stderr,
    env,
    signal: new AbortController().signal,
    now: () => new Date()
  }
  const [first, ...rest] = argv
  const code =
    first === '__complete'
      ? await (
          await load('complete', 'complete')
        )(rest, io)
      : await (
          await load('cli', 'runCommandLine')
        )(argv, io)
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}

/** As a pipe that is read at once. */
class Collected extends Writable {
  readonly #chunks: Buffer[] = []

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk)
    done()
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString()
  }
}

// The command line as a whole, short of any command's work.
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { makeProgram, runCommandLine } from '../../../../plugin/cli/cli.ts'

function makeIo() {
  const [stdout, stderr, stdin] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const { signal } = new AbortController()
  return { stdout, io: { stdin, stdout, stderr, env: {}, signal, now: () => new Date() } }
}

async function run(...argv: readonly string[]): Promise<{ code: number; stdout: string }> {
  const { stdout, io } = makeIo()
  return { code: await runCommandLine(argv, io), stdout: String(stdout.read()) }
}

test('help COMMAND says what COMMAND --help says, as kubectl has it', async () => {
  expect(await run('help', 'logs')).toEqual(await run('logs', '--help'))
  expect((await run('help', 'logs')).stdout).toMatch(/^Usage: kubectl mirror logs NAME /)
  expect(await run('help')).toEqual(await run('--help'))
})

test.for([
  ['enabel', 'httpbin', '--to', 'v2'],
  ['--to', 'v2', 'enabel'],
  ['-n', 'shop', 'enabel', '--foo']
])('a mistyped command is named, whatever its flags: %j', async (argv) => {
  const { io } = makeIo()
  expect(await runCommandLine(argv, io)).toBe(1)
  expect(String(io.stderr.read())).toMatch(/^error: unknown command 'enabel'\n\(Did you mean enable\?\)\n$/)
})

const NAMES = makeProgram(makeIo().io, () => Promise.resolve()).commands.map((one) => one.name())

test.for(NAMES)('the help of %s fits on a screen of 100 columns and 40 lines', async (name) => {
  const lines = (await run(name, '--help')).stdout.trimEnd().split('\n')
  expect(lines.length).toBeLessThanOrEqual(40)
  expect(lines.filter((line) => line.length > 100)).toEqual([])
})

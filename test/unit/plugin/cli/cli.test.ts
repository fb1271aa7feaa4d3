// The command line as a whole, short of any verb's work.
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { runCommandLine } from '../../../../plugin/cli/cli.ts'

async function run(...argv: readonly string[]): Promise<{ code: number; stdout: string }> {
  const [stdout, stderr, stdin] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const signal = new AbortController().signal
  const code = await runCommandLine(argv, { stdin, stdout, stderr, env: {}, signal, now: () => new Date() })
  return { code, stdout: String(stdout.read()) }
}

test('help VERB says what VERB --help says, as kubectl has it', async () => {
  expect(await run('help', 'logs')).toEqual(await run('logs', '--help'))
  expect((await run('help', 'logs')).stdout).toMatch(/^Usage: kubectl mirror logs NAME /)
  expect(await run('help')).toEqual(await run('--help'))
})

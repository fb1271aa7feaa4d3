// What completion offers without asking any cluster.
import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { makeProgram } from '../../../../plugin/cli/cli.ts'
import { complete } from '../../../../plugin/cli/complete.ts'
import type { Io } from '../../../../plugin/io/io.ts'

async function offered(...words: string[]): Promise<string[]> {
  let text = ''
  const stdout = new Writable({ write: (chunk: Buffer, _, done) => ((text += chunk.toString()), done()) })
  await complete(words, makeIo(stdout))
  return text.trimEnd().split('\n')
}

function makeIo(stdout: Writable): Io {
  const { stdin } = process
  return { stdin, stdout, stderr: stdout, env: {}, signal: new AbortController().signal, now: () => new Date() }
}

const VERBS = makeProgram(makeIo(new Writable()), () => Promise.resolve()).commands

test.for(
  VERBS.flatMap((verb) => {
    const option = verb.options.find(({ long }) => long === '--output')
    return option ? [[verb.name(), option.description] as const] : []
  })
)('-o of %s offers what it takes', async ([verb, description]) => {
  const values = await offered(verb, '-o', '')
  expect(values.pop()).toBe(':4')
  expect(values.length).toBeGreaterThan(1)
  for (const value of values) expect(description).toContain(value.replace('jsonpath=', 'jsonpath=TEMPLATE'))
})

test.for([
  ['render', '-f', ''],
  ['status', '--kubeconfig', 'fol'],
  ['status', '--kubeconfig=fol'],
  ['compare', 'httpbin', '--html', '']
])('the shell completes files: %j', async (words) => {
  expect(await offered(...words)).toEqual([':0'])
})

test.for([
  [
    ['-ofoo', 'enable', 'httpbin', '--dry-run=s'],
    ['--dry-run=server', ':4']
  ],
  [
    ['enable', '-nfoo', 'httpbin', '--force-c'],
    [expect.stringMatching(/^--force-conflicts\t/), ':4']
  ],
  [
    ['enable', '--dry-run', 'httpbin', '--for', '3'],
    ['30m', ':4']
  ],
  [
    ['enable', '--no-such-flag', '--for', '3'],
    ['30m', ':4']
  ],
  [
    ['completion', '--', 'z'],
    ['zsh', ':4']
  ]
] as const)('the line before is read as pflag reads it: %j', async ([words, expected]) => {
  expect(await offered(...words)).toEqual(expected)
})

// Completion as a shell gets it: through kubectl's own __complete.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testNamespace, virtualService } from './namespace.ts'
import { folderWith, tryKubectl } from './run.ts'

const { apply, create, reset } = testNamespace('plugin-complete')
const PROGRAMS = ['kubectl-mirror', 'kubectl_complete-mirror']
let bin: string

beforeAll(async () => {
  await create()
  await reset()
  await apply(virtualService('other'))
  const script = (file: string) =>
    `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, '../../../dist', file)}' "$@"\n`
  bin = await folderWith(Object.fromEntries(PROGRAMS.map((name) => [name, script(name)])))
})
afterAll(() => rm(bin, { recursive: true }))

/** The candidates, without their descriptions. */
async function complete(...words: string[]): Promise<string[]> {
  const env = { PATH: `${bin}:${process.env.PATH}` }
  const { stdout } = await tryKubectl(['__complete', 'mirror', ...words], { env })
  const lines = stdout.trimEnd().split('\n')
  expect(lines.pop(), 'no files are offered').toBe(':4')
  return lines.map((line) => line.split('\t')[0]!)
}

const HERE = ['-n', 'plugin-complete']
const OTHER_NAME = ['--tls-server-name', 'other.example']

test.for<[string, string[], string[]]>([
  ['verbs', ['en'], ['enable']],
  ['VirtualServices', ['enable', ...HERE, ''], ['httpbin', 'other']],
  ['what is typed narrows', ['status', ...HERE, 'o'], ['other']],
  ['a name only once', ['status', ...HERE, 'other', ''], ['httpbin']],
  ['no second name where one is taken', ['enable', ...HERE, 'other', ''], []],
  ['subsets for --to', ['enable', 'httpbin', ...HERE, '--to', ''], ['v1', 'v2']],
  ['subsets behind =', ['enable', 'httpbin', ...HERE, '--from=v'], ['--from=v1', '--from=v2']],
  ['names of rules', ['enable', ...HERE, 'httpbin', '--route', ''], ['api']],
  ['in a namespace that is attached', ['status', '-nplugin-complete', 'o'], ['other']],
  ['as a member of groups', ['status', ...HERE, '--as', 'x', '--as-group', 'system:masters', 'o'], ['other']],
  [
    'what a server without a valid name says',
    ['status', ...HERE, ...OTHER_NAME, '--insecure-skip-tls-verify', 'o'],
    ['other']
  ],
  ['nothing of it unless told to', ['status', ...HERE, ...OTHER_NAME, '--insecure-skip-tls-verify=false', 'o'], []],
  ['namespaces', ['status', '-n', 'plugin-compl'], ['plugin-complete']],
  ['modes', ['enable', '--dry-run='], ['--dry-run=none', '--dry-run=server', '--dry-run=client']],
  ['flags', ['enable', '--fo'], ['--force', '--for', '--force-conflicts']],
  ['shells', ['completion', 'z'], ['zsh']],
  ['nothing for a VirtualService that is not there', ['enable', 'nope', ...HERE, '--to', ''], []]
])('offers %s', async ([, words, expected]) => {
  expect((await complete(...words)).toSorted()).toEqual(expected.toSorted())
})

test('offers contexts of the kubeconfig', async () => {
  const contexts = (await tryKubectl(['config', 'get-contexts', '-o', 'name'])).stdout.trimEnd().split('\n')
  expect(await complete('status', '--context', '')).toEqual(contexts)
})

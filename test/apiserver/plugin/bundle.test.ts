// The bundle itself: every command with every -o, and every part of it that is loaded only when it is needed.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { run as runProgram } from '../../sandbox/command.ts'
import { SERVICE, testNamespace, virtualService } from './namespace.ts'
import { mirrorProcess } from './run.ts'

const DIST = join(import.meta.dirname, '../../../dist')
const NAMESPACE = ['--namespace', 'plugin-bundle']
const { run, apply, create, reset } = testNamespace('plugin-bundle')
/** Each in a process of its own, which loads what it needs itself. */
const runAlone = (...args: readonly string[]) => mirrorProcess([...args, ...NAMESPACE])
const MANIFEST = join(import.meta.dirname, '../../cases/render/edge.yaml')

beforeAll(async () => {
  await create()
  await reset()
  await apply({ ...SERVICE, metadata: { name: 'fresh' } }, virtualService('other'))
})

test('each part loads', async () => {
  const parts = readdirSync(join(DIST, 'plugin')).map((name) => pathToFileURL(join(DIST, 'plugin', name)).href)
  expect(parts.length).toBeGreaterThan(20)
  const program = `for (const part of ${JSON.stringify(parts)}) await import(part)`
  expect(await runProgram(process.execPath, ['--input-type=module', '--eval', program])).toBe('')
})

const WRITES = ['json', 'yaml', 'name', 'jsonpath={.metadata.name}']
const SEVERAL = ['json', 'yaml', 'name', 'jsonpath={.items[*].metadata.name}']
const CREATE = ['enable', 'fresh', '--create', '--to', 'v2', '--direct']

/** Before each run of a command that would else have nothing to do. */
const BEFORE: Readonly<Record<string, readonly string[][]>> = {
  'enable --create': [['disable', 'fresh', '--created']],
  disable: [['enable', 'httpbin', '--to', 'v2', '--direct']],
  'disable --all': [
    ['disable', 'fresh', '--created'],
    ...['httpbin', 'other'].map((name) => ['enable', name, '--to', 'v2', '--direct'])
  ],
  'disable --created': [CREATE]
}

test.for<[string, string[], readonly string[]]>([
  ['enable', ['enable', 'httpbin', '--to', 'v2', '--direct'], WRITES],
  ['enable --create', CREATE, SEVERAL],
  ['status NAME', ['status', 'httpbin'], ['json', 'yaml', 'name', 'wide', 'jsonpath={..name}']],
  ['status', ['status'], ['json', 'yaml', 'name', 'wide', 'jsonpath={..name}']],
  ['check NAME', ['check', 'httpbin'], ['json', 'yaml', 'jsonpath={..outcome}']],
  ['check', ['check'], ['json', 'yaml', 'jsonpath={..outcome}']],
  ['render', ['render', '-f', MANIFEST], ['json', 'yaml']],
  ['disable', ['disable', 'httpbin'], WRITES],
  ['disable --all', ['disable', '--all'], SEVERAL],
  ['disable --created', ['disable', 'fresh', '--created'], SEVERAL]
])('%s', async ([verb, args, formats]) => {
  const values = new Map<string, unknown>()
  for (const format of formats) {
    for (const before of BEFORE[verb] ?? []) await run(...before)
    const { code, stdout, stderr } = await runAlone(...args, '-o', format)
    expect(stderr, format).not.toMatch(/is not a function|undefined|at file:/)
    // No webhook is installed here, which check says.
    expect(code, `${format}: ${stderr}`).toBe(verb === 'check' ? 1 : 0)
    expect(stdout, format).not.toBe('')
    if (format === 'json') values.set(format, comparable(JSON.parse(stdout)))
    if (format === 'yaml') values.set(format, comparable(parse(stdout, { version: '1.1' })))
  }
  expect(values.get('yaml')).toEqual(values.get('json'))
})

/** Each run writes anew. */
function comparable(value: unknown): unknown {
  const text = JSON.stringify(value, (key, field: unknown) =>
    /^(resourceVersion|generation|age|uid|creationTimestamp)$/.test(key) ? '' : field
  )
  return JSON.parse(text)
}

test.for(['bash', 'zsh', 'fish', 'powershell'])('completion %s', async (shell) => {
  const { code, stdout } = await runAlone('completion', shell)
  expect({ code, isEmpty: stdout === '' }).toEqual({ code: 0, isEmpty: false })
})

test.for([['version'], ['options'], ['--help'], ['logs', '--help'], ['compare', '--help'], ['diff', '--help']])(
  '%s',
  async (args) => {
    const { code, stdout, stderr } = await runAlone(...args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).not.toBe('')
  }
)

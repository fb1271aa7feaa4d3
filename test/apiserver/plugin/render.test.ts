// render on what strangers feed it: kubectl must read the plan from the output, and each line that is not touched must
// stay; or a sentence says why not, and nothing is printed.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { diffLines } from 'diff'
import { beforeAll, expect, test } from 'vitest'
import { DOCUMENTS } from '../../unit/plugin/render/manifest/documents.ts'
import { readByKubectl, readEachByKubectl } from './kubectl-judge.ts'
import { planned, stored, type KubernetesObject } from './planned.ts'
import { mirror, type Ended } from './run.ts'

const FOLDER = join(import.meta.dirname, '../../cases/render')
const now = new Date()

/** The line, and words of the sentence. */
const REFUSED: Readonly<Record<string, readonly [line: number, sentence: RegExp]>> = {
  'null-rule.yaml': [10, /VirtualService tenants: spec\.http\[0\]: null is not a map/],
  'null-match-branch.yaml': [12, /VirtualService tenants: spec\.http\[0\]\.match\[0\]: null is not a map/],
  'http-is-a-map.yaml': [9, /VirtualService tenants: spec\.http: a map is not a list/],
  'route-is-a-map.yaml': [10, /VirtualService tenants: spec\.http\[0\]\.route: a map is not a list/],
  'quoted-numbers.yaml': [12, /VirtualService web: spec\.http\[0\]\.route\[0\]\.destination\.port\.number: "8080"/],
  'only-live-by-full-name.yaml': [
    7,
    /this rule already sends every request to recommendation\.default\.svc\.cluster\.local\/v2/
  ],
  'already-mirrored-by-short-name.yaml': [13, /this rule already has its own mirror to web/],
  'without-headers.yaml': [6, /no request can match both this rule and the filter x-beta/],
  'helm.yaml': [1, /^error: [^\n]*"\{\{" is part of a template[^\n]*\n$/],
  'helm-quoted.yaml': [8, /^error: [^\n]*"\{\{" is part of a template[^\n]*\n$/]
}

/** Lines that are replaced by what their alias or merge key stands for; of all others only new ones are added. */
const REPLACED: Readonly<Record<string, readonly string[]>> = {
  'alias-rule.yaml': ['    - *r\n'],
  'merge-from.yaml': ['    - <<: *r\n', '      name: b-not-from-v1\n'],
  'merge-key-routes.yaml': ['    - <<: *api\n', '    - <<: *api\n'],
  'merge-key-all.yaml': ['    - <<: *api\n', '    - <<: *api\n'],
  'whole-rule-is-an-alias.yaml': ['      annotations: *notes\n', '    spec: *spec\n']
}

const files = readdirSync(FOLDER)
const judged = new Map<string, Ended & Record<'read' | 'again', KubernetesObject[] | undefined>>()

beforeAll(async () => {
  const ended = await Promise.all(files.map((file) => mirror(['render', '-f', join(FOLDER, file)])))
  const before = await readEachByKubectl(files.map((file) => readFileSync(join(FOLDER, file))))
  const after = await readEachByKubectl(ended.map(({ stdout }) => stdout))
  for (const [index, file] of files.entries())
    judged.set(file, { ...ended[index]!, read: before[index], again: after[index] })
})

test.for(files)('%s', async (file) => {
  const path = join(FOLDER, file)
  const { code, stdout, stderr, read, again } = judged.get(file)!
  if (REFUSED[file]) {
    const [line, sentence] = REFUSED[file]
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`${path}:${line}: `)
    expect(stderr).toMatch(sentence)
    return
  }
  expect({ code, stderr: stderr.replaceAll(/^Warning: .*\n/gm, '') }).toEqual({ code: 0, stderr: '' })
  const bytes = readFileSync(path)
  expect(again?.map(stored)).toEqual(planned(read ?? [], now))
  const typed = bytes[0] === 0xff ? bytes.toString('utf16le').slice(1) : bytes.toString()
  if (!file.endsWith('json-two.json')) expect(removedLines(typed, stdout)).toEqual(REPLACED[file] ?? [])
  const twice = await mirror(['render', '-f', '-'], { input: stdout })
  expect(twice.stdout, 'a second rendering changes nothing').toBe(stdout)
})

test('kubectl reads and refuses the documents that render does', async () => {
  const read = await readEachByKubectl(Object.values(DOCUMENTS).map(([text]) => text))
  for (const [index, [name, [, verdict]]] of Object.entries(DOCUMENTS).entries()) {
    expect(read[index]?.[0], name).toEqual(verdict instanceof RegExp ? undefined : JSON.parse(verdict))
  }
})

test('-o json and -o yaml say the same, of all of them at once', async () => {
  const typed = files.flatMap((file) => (REFUSED[file] ? [] : ['-f', join(FOLDER, file)]))
  const objects = async (...more: string[]) => {
    const { code, stdout } = await mirror(['render', ...typed, ...more])
    expect(code, more.join(' ')).toBe(0)
    return readByKubectl(stdout)
  }
  const rendered = await objects()
  expect(rendered!.length).toBeGreaterThanOrEqual(typed.length / 2)
  expect(await objects('-o', 'json'), '-o json').toEqual(rendered)
  expect(await objects('-o', 'yaml'), '-o yaml').toEqual(rendered)
})

function removedLines(before: string, after: string): string[] {
  // A comma is all that a JSON line gets.
  const comparable = (text: string) => text.replaceAll(/,(?=\n)/g, '')
  const removed = diffLines(comparable(before), comparable(after)).filter((part) => part.removed)
  return removed.flatMap(({ value }) => value.split(/(?<=\n)/)).filter((line) => !line.includes('mirrors: ['))
}

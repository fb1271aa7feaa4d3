// render on streams of manifests: what it adds, what it keeps, and how it says what is wrong.
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { render as renderCommand } from '../../../../../plugin/render/render.ts'
import { render } from '../render-text.ts'

const STREAM = `# the service
apiVersion: v1
kind: Service
metadata: {name: httpbin}   # two   blanks
---
# the routes
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: httpbin
  annotations:
    kubectl-mirror.dev/to: v2
spec:
  hosts:
  - httpbin
  http:
  # first
  - name: api # by prefix
    match:
    - uri: {prefix: /api}
    route:
    - destination: {host: httpbin, subset: v1}
  # the rest
  - route:
    - destination: {host: httpbin, subset: v1}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: text}
data:
  text: |
    --- no document begins here
`

function textOf(stream: string): string {
  const { text, problems } = render(stream)
  expect(problems).toEqual([])
  return text
}

test('adds only the lines of the mirror, and passes other documents through as they were typed', () => {
  const added = textOf(STREAM)
    .split('\n')
    .filter((line) => !STREAM.includes(line))
  expect(added).toEqual([
    '    kubectl-mirror.dev/injected: httpbin/v2=100',
    '    mirror:',
    '      host: httpbin',
    '      subset: v2',
    '    mirrorPercentage:',
    '      value: 100',
    '    mirror:',
    '      host: httpbin',
    '      subset: v2',
    '    mirrorPercentage:',
    '      value: 100'
  ])
})

test('gives the very same text back once the mirror is no longer asked for', () => {
  const withoutWish = (text: string) => text.replace(/ {4}kubectl-mirror.dev\/(to|methods): .*\n/g, '')
  for (const wish of ['to: v2', 'to: v2\n    kubectl-mirror.dev/methods: GET']) {
    const typed = STREAM.replace('to: v2', wish)
    expect(textOf(withoutWish(textOf(typed)))).toBe(withoutWish(STREAM).replace('  annotations:\n', ''))
  }
})

test('keeps the comments of rules that get clones between them', () => {
  const rendered = textOf(STREAM.replace('to: v2', 'to: v2\n    kubectl-mirror.dev/methods: GET'))
  expect(rendered).toContain('  - name: api # by prefix\n')
  expect(rendered).toContain('  # the rest\n  - route:\n    - destination: {host: httpbin, subset: v1}\n---')
})

test('edits the items of a List', () => {
  const [item = ''] = STREAM.split('---\n').slice(1)
  const list = `apiVersion: v1\nkind: List\nitems:\n- ${item.trimEnd().split('\n').slice(1).join('\n  ')}\n`
  expect(textOf(list)).toContain('  - name: api # by prefix\n')
  expect(textOf(list)).toContain('injected: httpbin/v2=100')
})

test('tells every problem of every document at once, with where it is', () => {
  const bad = STREAM.replace('to: v2', 'to: v2=150')
  const { problems } = render(`${bad}---\n${bad}---\n{kubectl-mirror.dev/to]\n`)
  const sentence = 'VirtualService httpbin: metadata.annotations["kubectl-mirror.dev/to"]: "150"'
  expect(problems).toEqual([
    expect.stringContaining(`a.yaml:12: ${sentence}`),
    expect.stringContaining(`a.yaml:45: ${sentence}`),
    expect.stringMatching(/^a\.yaml:67: /)
  ])
})

test('takes a time without quotes as kubectl does, and says which value needs them', () => {
  const typed = STREAM.replace('to: v2', 'to: v2\n    kubectl-mirror.dev/until: 2030-01-01T00:00:00Z')
  expect(textOf(typed)).toContain('injected')
  const { problems, text } = render(STREAM.replace('to: v2', 'to: v2\n    kubectl-mirror.dev/percent: 25'))
  expect(problems).toEqual([
    'a.yaml:13: VirtualService httpbin: metadata.annotations["kubectl-mirror.dev/percent"]: 25 is not a string; put it in quotes'
  ])
  expect(text).not.toContain('injected')
})

test('what is no VirtualService with our annotations is not even read', () => {
  const odd = 'data: {a: [b, "c}\n---\nkind: ConfigMap\nmetadata:\n  annotations: {example.com/port: 8080}\n'
  expect(render(odd)).toMatchObject({ text: odd, problems: [], warnings: [] })
})

test('an annotation of another owner that is no string refuses no run, and stays', () => {
  const typed = STREAM.replace('to: v2', 'to: v2\n    example.com/port: 8080\n    example.com/owner:')
  expect(textOf(typed)).toContain('    example.com/port: 8080\n    example.com/owner:\n    kubectl-mirror.dev/injected')
})

test('an annotation on an object that cannot be mirrored is warned of', () => {
  const service = STREAM.split('---\n')[0]!.replace(
    '{name: httpbin}',
    '{name: x, annotations: {kubectl-mirror.dev/to: v2}}'
  )
  const { warnings, text } = render(service)
  expect(text).toBe(service)
  expect(warnings).toEqual([
    'a.yaml:4: Service x: kubectl-mirror.dev/to has no effect on this kind; only Istio VirtualServices and HTTPRoutes are mirrored'
  ])
})

async function command(typed: string, output?: string): Promise<string> {
  const [stdout, signal] = [new PassThrough(), new AbortController().signal]
  const stdin = new PassThrough().end(typed)
  const io = { stdin, stdout, stderr: new PassThrough(), env: {}, now: () => new Date(), signal }
  await renderCommand({ filename: ['-'], ...(output !== undefined && { output }) }, io)
  return String(stdout.read())
}

test('-o json reads a document as the edit does: YAML 1.1, with its merge keys, and each integer to its last digit', async () => {
  const base =
    '    base: &base {host: httpbin}\n    target: {<<: *base, subset: v1}\n    old: yes\n    big: 9007199254740993\n'
  const json = await command(`apiVersion: v1\nkind: ConfigMap\nmetadata:\n  annotations:\n${base}`, 'json')
  expect(JSON.parse(json)).toMatchObject({
    metadata: { annotations: { target: { host: 'httpbin', subset: 'v1' }, old: true } }
  })
  expect(json).toContain('9007199254740993')
})

test('-o json names the place of what it cannot read, also where nothing is mirrored', async () => {
  await expect(command('kind: A\n---\nkind: B\na: [\n', 'json')).rejects.toThrow(/^STDIN:\d: unexpected end/)
  await expect(command('- kind: A\n', 'json')).rejects.toThrow('STDIN:1: a list is not an object')
})

test('-o yaml refuses a name that only JSON can have', async () => {
  const json = JSON.stringify({ kind: 'A', ['a'.repeat(2000)]: 1 })
  await expect(command(json, 'yaml')).rejects.toThrow(/^-o yaml: kubectl cannot read this name.*; use -o json$/)
  expect(await command(json, 'json')).toContain('aaaa')
})

test('JSON stays JSON, and becomes YAML when asked', async () => {
  const json = JSON.stringify({ kind: 'ConfigMap', data: { a: 'yes', b: 'two\nlines\n' } })
  expect(await command(json)).toBe(json)
  expect(await command(json, 'yaml')).toBe('kind: ConfigMap\ndata:\n  a: "yes"\n  b: |\n    two\n    lines\n')
})

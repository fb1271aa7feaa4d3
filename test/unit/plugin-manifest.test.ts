import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { render as renderCommand, renderStream } from '../../plugin/render.ts'

const NOW = new Date('2026-01-01T00:00:00Z')

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

function render(stream: string): string {
  const { texts, problems } = renderStream('stream.yaml', stream, NOW)
  expect(problems).toEqual([])
  return texts.join('')
}

test('adds only the lines of the mirror, and passes other documents through as they were typed', () => {
  const added = render(STREAM)
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
    expect(render(withoutWish(render(typed)))).toBe(withoutWish(STREAM).replace('  annotations:\n', ''))
  }
})

test('keeps the comments of rules that get clones between them', () => {
  const rendered = render(STREAM.replace('to: v2', 'to: v2\n    kubectl-mirror.dev/methods: GET'))
  expect(rendered).toContain('  - name: api # by prefix\n')
  expect(rendered).toContain('  # the rest\n  - route:\n    - destination: {host: httpbin, subset: v1}\n---')
})

test('edits the items of a List', () => {
  const [item = ''] = STREAM.split('---\n').slice(1)
  const list = `apiVersion: v1\nkind: List\nitems:\n- ${item.trimEnd().split('\n').slice(1).join('\n  ')}\n`
  expect(render(list)).toContain('  - name: api # by prefix\n')
  expect(render(list)).toContain('injected: httpbin/v2=100')
})

test('tells every problem of every document at once, with where it is', () => {
  const bad = STREAM.replace('to: v2', 'to: v2=150')
  const { problems } = renderStream('a.yaml', `${bad}---\n${bad}---\n{]\n`, NOW)
  expect(problems).toEqual([
    expect.stringMatching(/^a\.yaml: .*line 2, column 2/),
    expect.stringContaining('a.yaml: VirtualService httpbin: metadata.annotations["kubectl-mirror.dev/to"]: "150"'),
    expect.stringContaining('a.yaml: VirtualService httpbin: metadata.annotations["kubectl-mirror.dev/to"]: "150"')
  ])
})

test('takes a time without quotes as kubectl does, and says which value needs them', () => {
  const typed = STREAM.replace('to: v2', 'to: v2\n    kubectl-mirror.dev/until: 2030-01-01T00:00:00Z')
  expect(render(typed)).toContain('injected')
  const { problems, texts } = renderStream(
    'a.yaml',
    STREAM.replace('to: v2', 'to: v2\n    kubectl-mirror.dev/percent: 25'),
    NOW
  )
  expect(problems).toEqual([
    'a.yaml: metadata.annotations["kubectl-mirror.dev/percent"]: 25 is not a string; put it in quotes'
  ])
  expect(texts.join('')).not.toContain('injected')
})

test('-o json reads a document as the edit does: YAML 1.1, with its merge keys', async () => {
  const base = '    base: &base {host: httpbin}\n    target: {<<: *base, subset: v1}\n    old: yes\n'
  const typed = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  annotations:\n${base}`
  const stdout = new PassThrough()
  const io = { stdin: new PassThrough().end(typed), stdout, stderr: new PassThrough(), env: {}, now: () => NOW }
  await renderCommand({ filename: ['-'], output: 'json' }, { ...io, signal: new AbortController().signal })
  expect(JSON.parse(String(stdout.read()))).toMatchObject({
    metadata: { annotations: { target: { host: 'httpbin', subset: 'v1' }, old: true } }
  })
})

// The DestinationRules that render prints beside limited mirrors.
import { expect, test } from 'vitest'
import { parseAllDocuments, stringify } from 'yaml'
import { renderStreams } from '../../../../plugin/render/render-stream.ts'
import { render } from './render-text.ts'

const API = 'networking.istio.io/v1'

function virtualService(annotations: Readonly<Record<string, string>>, namespace?: string): string {
  const ours = Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [`kubectl-mirror.dev/${key}`, value])
  )
  const http = [{ route: [{ destination: { host: 'httpbin', subset: 'v1' } }] }]
  const metadata = { name: 'httpbin', ...(namespace && { namespace }), annotations: ours }
  return stringify({ apiVersion: API, kind: 'VirtualService', metadata, spec: { hosts: ['httpbin'], http } })
}

function rule(v2: object = { version: 'v2' }, metadata: object = {}): string {
  const subsets = [{ name: 'v2', labels: v2 }]
  return stringify({
    apiVersion: API,
    kind: 'DestinationRule',
    metadata: { name: 'httpbin', ...metadata },
    spec: { host: 'httpbin', subsets }
  })
}

const LIMITED = { to: 'v2', limit: '8' }
const stream = (...documents: string[]) => documents.join('---\n')

interface Printed {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly spec: { readonly subsets?: readonly { readonly name: string; readonly labels: object }[] }
}
const printed = (text: string) => parseAllDocuments(text).map((one) => one.toJS() as Printed)

test('the rule stands behind its VirtualService, wherever that of the version is', () => {
  for (const text of [stream(virtualService(LIMITED), rule()), stream(rule(), virtualService(LIMITED))]) {
    const all = printed(render(text).text)
    const at = all.findIndex(({ kind }) => kind === 'VirtualService')
    expect(all[at + 1]).toMatchObject({
      kind: 'DestinationRule',
      metadata: { name: 'httpbin.kubectl-mirror.httpbin', labels: { 'kubectl-mirror.dev/limit': '8' } },
      spec: { subsets: [{ name: 'kubectl-mirror-v2', labels: { version: 'v2' } }] }
    })
    expect(all[at + 1]?.metadata, 'one from Git has no owner').not.toHaveProperty('ownerReferences')
  }
})

test('a second rendering changes nothing, follows the version, and drops it with the limit', () => {
  const first = render(stream(virtualService(LIMITED), rule())).text
  expect(render(first).text).toBe(first)
  const followed = render(first.replaceAll('version: v2', 'version: next')).text
  expect(printed(followed)[1]?.spec.subsets?.[0]?.labels).toEqual({ version: 'next' })
  const without = render(first.replace(/ *kubectl-mirror.dev\/limit: "8"\n/, '')).text
  expect(without).not.toContain('kubectl-mirror-v2')
  expect(printed(without)).toHaveLength(2)
})

test('one whose VirtualService is not among the manifests stays', () => {
  const [, own] = render(stream(virtualService(LIMITED), rule())).text.split('---\n')
  expect(render(own!).text).toBe(own)
})

test('a VirtualService whose name is yet to be generated is refused: the rule would have none either', () => {
  const unnamed = virtualService(LIMITED).replace('name: httpbin', 'generateName: httpbin-')
  expect(render(stream(unnamed, rule())).problems).toEqual([
    expect.stringContaining('give it a name instead of generateName')
  ])
  const { limit: _, ...unlimited } = LIMITED
  const { problems } = render(
    stream(virtualService(unlimited).replace('name: httpbin', 'generateName: httpbin-'), rule())
  )
  expect(problems).toEqual([])
})

test('namespaces agree, also where one of both says none', () => {
  const here = printed(render(stream(virtualService(LIMITED, 'shop'), rule())).text)
  expect(here[1]?.metadata).toMatchObject({ name: 'httpbin.kubectl-mirror.httpbin', namespace: 'shop' })
  const { problems } = render(stream(virtualService(LIMITED, 'shop'), rule({}, { namespace: 'prod' })))
  expect(problems).toEqual([expect.stringContaining('no DestinationRule that defines v2 is known')])
})

test.for([
  ['without the rule of the version', virtualService(LIMITED), 'add it (for render: to the manifests)'],
  [
    'of a whole host that may have rules elsewhere',
    stream(virtualService({ to: 'shadow/', limit: '8' }), rule()),
    'shadow'
  ],
  [
    'with a rule of odd types',
    stream(virtualService(LIMITED), rule().replace(/subsets:[^]*/, 'subsets: 7\n')),
    'add it'
  ]
] as const)('none %s, and the line says so', ([, text, found]) => {
  const { problems } = render(text)
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatch(
    /^a\.yaml:\d+: VirtualService httpbin: metadata\.annotations\["kubectl-mirror\.dev\/limit"\]/
  )
  expect(problems[0]).toContain(found)
})

test('a line names the file of its VirtualService, not the last one', () => {
  const source = (name: string, text: string) => ({ name, bytes: Buffer.from(text) })
  const sources = [source('a.yaml', `# one\n${virtualService(LIMITED)}`), source('b.yaml', 'kind: ConfigMap\n')]
  const { problems } = renderStreams(sources, new Date('2026-01-01T00:00:00Z'))
  expect(problems).toEqual([expect.stringMatching(/^a\.yaml:8: VirtualService httpbin: /)])
})

test('200,000 documents are printed as they are', () => {
  const text = '{"kind": "ConfigMap"}\n'.repeat(200_000)
  expect(render(text).text === text).toBe(true)
})

test.for([
  ['in full, without a namespace', { host: 'httpbin.shop.svc.cluster.local' }, {}, 'made'],
  ['in short, in its namespace', { host: 'httpbin' }, { namespace: 'shop' }, 'made'],
  ['in full, in its namespace', { host: 'httpbin.shop.svc.cluster.local' }, { namespace: 'shop' }, 'made'],
  ['in short, in another namespace', { host: 'httpbin' }, { namespace: 'prod' }, 'unknown'],
  ['as another name', { host: 'nginx' }, {}, 'unknown'],
  ['as a pattern', { host: '*.shop.svc.cluster.local' }, {}, 'pattern'],
  ['as a pattern of all', { host: '*' }, { namespace: 'shop' }, 'pattern'],
  ['as another pattern', { host: '*.prod.svc.cluster.local' }, {}, 'unknown']
] as const)('the host of a DestinationRule may stand there %s', ([, { host }, metadata, found]) => {
  const text = rule({ version: 'v2' }, metadata).replace('host: httpbin', `host: "${host}"`)
  const { problems, text: all } = render(stream(virtualService(LIMITED, 'shop'), text))
  if (found === 'made') expect(printed(all)[1]?.metadata.name).toBe('httpbin.kubectl-mirror.httpbin')
  else expect(problems.join()).toContain(found === 'unknown' ? 'no DestinationRule that defines v2 is known' : found)
})

test('DestinationRules count as manifests to read, but only if a limit needs them', () => {
  const large = rule().replace('version: v2', `version: ${'x'.repeat(1_500_000)}`)
  const rules = stream(large, large, large)
  expect(render(stream(virtualService({ to: 'v2' }), rules)).problems).toEqual([])
  const { problems } = render(stream(virtualService(LIMITED), rules))
  expect(problems).toEqual([
    expect.stringMatching(/^a\.yaml:\d+: the manifests to read have more than 4000000 characters/)
  ])
  const dropped = render(stream(virtualService(LIMITED), rule())).text.replace(/ *kubectl-mirror.dev\/limit: "8"\n/, '')
  const without = render(stream(dropped, rules))
  expect(without.problems).toEqual([])
  expect(without.text).not.toContain('kubectl-mirror-v2')
})

test('more mirrors and rules of one host than can be compared are refused, and the line says so', () => {
  const { problems } = render(stream(...Array(200).fill(virtualService(LIMITED)), ...Array(200).fill(rule())))
  expect(problems).toEqual([
    expect.stringMatching(/^a\.yaml:\d+: VirtualService httpbin: .* more than 250000 fields of /)
  ])
})

// What `enable` and `status` say of a VirtualService in a line, or one for each rule.
import { expect, test } from 'vitest'
import { edit } from '../../../../mirror/edit.ts'
import type { HttpRule } from '../../../../mirror/virtual-service.ts'
import { labelOf, sources, summarise } from '../../../../plugin/status/summary.ts'

const NOW = new Date('2026-01-01T00:00:00Z')
const to = (host: string, subset?: string, weight?: number) => ({
  destination: { host, ...(subset !== undefined && { subset }) },
  ...(weight !== undefined && { weight })
})
const V1: HttpRule = { route: [to('httpbin', 'v1')] }

test.for<[string, object, HttpRule[], string[]]>([
  ['one rule', { to: 'v2' }, [V1], ['(v1 -> v2, 100%)']],
  ['its share', { to: 'v2', percent: '12.5' }, [V1], ['(v1 -> v2, 12.5%)']],
  ['several targets', { to: 'v2,v3=5' }, [V1], ['(v1 -> v2, 100% and v3, 5%)']],
  ['rules that say the same', { to: 'v2' }, [V1, V1], ['(v1 -> v2, 100%)']],
  ['another host', { to: 'shadow/v2' }, [V1], ['(v1 -> shadow/v2, 100%)']],
  ['another host, all of it', { to: 'shadow:8080/' }, [V1], ['(v1 -> shadow:8080, 100%)']],
  ['a live host without subsets', { to: 'v2' }, [{ route: [to('httpbin')] }], ['(httpbin -> v2, 100%)']],
  [
    'a canary: who answers, each once',
    { to: 'v3' },
    [{ route: [to('httpbin', 'v1', 90), to('httpbin', 'v2', 10), to('httpbin', 'v1', 0)] }],
    ['(v1+v2 -> v3, 100%)']
  ],
  ['a filter', { to: 'v2', methods: 'GET,HEAD' }, [V1], ['(v1 -> v2, 100%, only GET|HEAD)']],
  ['an end', { to: 'v2', until: '2026-01-01T01:30:00Z' }, [V1], ['(v1 -> v2, 100%, for 1h30m)']],
  [
    'rules that differ, each by its name or its place',
    { to: 'v2' },
    [{ name: 'old', redirect: { uri: '/new' } }, V1, { name: 'api "2"', route: [to('httpbin', 'v2')] }],
    [
      '(1 of 3 rules)',
      expect.stringMatching(/^ {2}spec\.http\[0\] "old": not mirrored: .*redirect/) as string,
      '  spec.http[1]: v1 -> v2, 100%',
      expect.stringMatching(/^ {2}spec\.http\[2\] "api \\"2\\"": not mirrored: ./) as string
    ]
  ],
  ['nothing asked for', {}, [V1], ['']],
  ['a problem', { to: 'v2', percent: '101' }, [V1], ['']]
])('%s', ([, asked, http, lines]) => {
  const annotations = Object.fromEntries(
    Object.entries(asked).map(([name, value]) => [`kubectl-mirror.dev/${name}`, String(value)])
  )
  const object = { metadata: { name: 'httpbin', namespace: 'shop', annotations }, spec: { hosts: ['httpbin'], http } }
  expect(summarise(edit(object, NOW), NOW)).toEqual(lines)
})

test('how long it lasts is said as the user wrote it', () => {
  const annotations = { 'kubectl-mirror.dev/to': 'v2', 'kubectl-mirror.dev/until': '2026-01-02T00:00:00Z' }
  const object = { metadata: { name: 'httpbin', namespace: 'shop', annotations }, spec: { http: [V1] } }
  expect(summarise(edit(object, NOW), NOW, '24h')).toEqual(['(v1 -> v2, 100%, for 24h)'])
})

test('what has no subset is called by its host and port', () => {
  expect(labelOf({ host: 'httpbin', port: 80, subset: 'v1' })).toBe('v1')
  expect(labelOf({ host: 'httpbin', port: 80 })).toBe('httpbin:80')
  expect(labelOf({ host: 'httpbin' })).toBe('httpbin')
  expect(sources(undefined)).toBe('')
})

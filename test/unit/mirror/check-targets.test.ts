// What is said of targets that do not exist.
import { expect, test } from 'vitest'
import { checkTargets, type KnownMesh } from '../../../mirror/check-targets.ts'
import type { Target } from '../../../mirror/target.ts'

const PORTS: Readonly<Record<string, number[]>> = {
  'httpbin.default.svc.cluster.local': [8000],
  'many.default.svc.cluster.local': [80, 8080],
  'api.example.com': [443],
  'headless.default.svc.cluster.local': []
}
const known: KnownMesh = {
  ports: (host) => PORTS[host],
  subsets: (host) => (host === 'httpbin.default.svc.cluster.local' ? ['v1', 'v2'] : [])
}

test.for<[string, Target, string[]]>([
  ['a subset that is there', { host: 'httpbin', subset: 'v2' }, []],
  ['the host in full', { host: 'httpbin.default.svc.cluster.local', subset: 'v2' }, []],
  ['another domain', { host: 'httpbin.default.svc.corp.example', subset: 'v2' }, ['hostUnknown']],
  ['a name without the domain, which Istio does not complete', { host: 'httpbin.default.svc' }, ['hostUnknown']],
  ['a subset that is not', { host: 'httpbin', subset: 'v9' }, ['subsetUnknown']],
  ['a host without subsets', { host: 'many', subset: 'v2', port: 80 }, ['subsetUnknown']],
  ['a host that is not', { host: 'shadow', subset: 'v2' }, ['hostUnknown']],
  ['a short name with a dot, which is none', { host: 'httpbin.default', subset: 'v2' }, ['hostUnknown']],
  ['an external host', { host: 'api.example.com' }, []],
  ['several ports and none named', { host: 'many' }, ['portAmbiguous']],
  ['several ports and one named', { host: 'many', port: 8080 }, []],
  ['a port that is not', { host: 'many', port: 81 }, ['portUnknown']],
  ['a Service without ports', { host: 'headless', port: 81 }, []]
])('%s', ([, target, codes]) => {
  expect(checkTargets([target], 'default', known).map(({ code }) => code)).toEqual(codes)
})

test.for<[string, Target, string]>([
  ['the host', { host: 'secret', subset: 'v2' }, 'host secret.default.svc.cluster.local cannot be checked: no right'],
  [
    'the subset',
    { host: 'hidden', subset: 'v2' },
    'subset "v2" of hidden.default.svc.cluster.local cannot be checked: no right'
  ]
])('what was not read is unknown, not missing: %s', ([, target, message]) => {
  const unread = { unread: 'no right' }
  const partly: KnownMesh = {
    ports: (host) => (host.startsWith('secret') ? unread : [80]),
    subsets: () => unread
  }
  expect(checkTargets([target], 'default', partly)).toMatchObject([{ code: 'targetUnread', message }])
})

test('only copies go nowhere: what a live destination loses is its requests', () => {
  const [lost] = checkTargets([{ host: 'httpbin', subset: 'v9' }], 'default', known, 'its requests fail')
  expect(lost?.message).toContain('has a subset "v9", so its requests fail;')
})

test('names what there is instead', () => {
  const [unknown] = checkTargets([{ host: 'httpbin', subset: 'v9' }], 'default', known)
  expect(unknown?.message).toBe(
    'no DestinationRule that Istio uses for httpbin.default.svc.cluster.local has a subset "v9", so copies go nowhere; use one of "v1", "v2"'
  )
})

// The guardrails: what each rule forbids, in whose name, and what namespaces may do otherwise.
import { expect, test } from 'vitest'
import { readIntent, type Intent } from '../../../mirror/annotations.ts'
import { VIRTUAL_SERVICE } from '../../../mirror/virtual-service-kind.ts'
import { checkPolicy } from '../../../mirror/check-policy.ts'
import { checkTargets, unreadMesh } from '../../../mirror/check-targets.ts'
import { problem, type Problem } from '../../../mirror/problem.ts'
import { dependsOnMesh, readPolicies, type Policies } from '../../../mirror/policy.ts'

const NOW = new Date('2026-01-01T00:00:00Z')

function ask(
  policy: unknown,
  annotations: Record<string, string>,
  namespace = 'prod',
  unknownTargets: readonly Problem[] = []
): string[] {
  const keyed = Object.entries(annotations).map(([name, value]) => [`kubectl-mirror.dev/${name}`, value])
  const intent = readIntent(Object.fromEntries(keyed) as Record<string, string>) as Intent
  const targets = intent.targets.map((target) => ({ host: 'httpbin', ...target }))
  const problems = checkPolicy(readPolicies(policy) as Policies, {
    kind: VIRTUAL_SERVICE,
    intent,
    rules: [{ outcome: 'mirrored', path: 'spec.http[0]', targets }],
    targets,
    namespace,
    now: NOW,
    unknownTargets
  })
  return problems.map(({ code, message }) => `${code}: ${message}`)
}

test.for<[string, unknown, Record<string, string>, RegExp[]]>([
  ['nothing, nothing', {}, { to: 'v2' }, []],
  ['chart defaults, nothing', { maxPercent: 100, allowedMethods: [], maxDuration: '' }, { to: 'v2' }, []],
  ['maxPercent, within', { maxPercent: 50 }, { to: 'v2=50' }, []],
  [
    'maxPercent, above',
    { maxPercent: 50 },
    { to: 'v2,v3=20' },
    [/^percentForbidden: 100 % to httpbin\/v2 .*policy.maxPercent.*50 %, for example httpbin\/v2=50$/]
  ],
  ['namespaces, own', { allowedTargetNamespaces: ['.'] }, { to: 'v2' }, []],
  [
    'namespaces, another',
    { allowedTargetNamespaces: ['.'] },
    { to: 'x.shadow.svc.cluster.local/v2' },
    [/^targetForbidden: .*policy.allowedTargetNamespaces \("prod"\); .* for example v2$/]
  ],
  [
    'namespaces, external host',
    { allowedTargetNamespaces: ['prod'] },
    { to: 'api.example.com/' },
    [/^targetForbidden/]
  ],
  [
    'hosts, allowed by pattern',
    { allowedTargetHosts: ['*.shadow.svc.cluster.local'] },
    { to: 'x.shadow.svc.cluster.local/v2' },
    []
  ],
  [
    'hosts, not allowed',
    { allowedTargetHosts: ['*.shadow.svc.cluster.local'] },
    { to: 'v2' },
    [/policy.allowedTargetHosts \("\*.shadow.svc.cluster.local"\); .* for example NAME.shadow.svc.cluster.local\/v2$/]
  ],
  [
    'namespaces and hosts, neither allows it',
    { allowedTargetNamespaces: ['.'], allowedTargetHosts: ['api.example.com'] },
    { to: 'x.shadow.svc.cluster.local/v2' },
    [/ is not permitted as a target by policy.allowedTargetNamespaces \("prod"\) or policy.allowedTargetHosts \(/]
  ],
  [
    'expiry, missing',
    { requireExpiry: true },
    { to: 'v2' },
    [/^untilRequired: policy.requireExpiry .* set a time, for example 2026-01-01T01:00:00.000Z \(.* --for 1h\)$/]
  ],
  ['limit, missing', { requireLimit: true }, { to: 'v2' }, [/^limitRequired: policy.requireLimit .*--limit 64\)$/]],
  ['limit, there', { requireLimit: true }, { to: 'v2', limit: '1024' }, []],
  ['limit, a default needs none', { defaultLimit: 8 }, { to: 'v2' }, []],
  ['expiry, there', { requireExpiry: true }, { to: 'v2', until: '2027-01-01T00:00:00Z' }, []],
  ['body, within', { maxBody: '1Mi' }, { to: 'v2', 'max-body': '1024Ki' }, []],
  [
    'body, longer',
    { maxBody: '1Mi' },
    { to: 'v2', 'max-body': '1048577' },
    [
      /^maxBodyForbidden: bodies up to 1048577 .* policy.maxBody permits at most 1Mi; write 1Mi or less .*--max-body 1Mi\)$/
    ]
  ],
  ['body, any size', { maxBody: '64Ki' }, { to: 'v2' }, [/^maxBodyForbidden: bodies of any size would be copied/]],
  ['body, a namespace may', { maxBody: '64Ki', namespaces: { prod: { maxBody: '' } } }, { to: 'v2' }, []],
  [
    'duration, missing',
    { maxDuration: '24h' },
    { to: 'v2' },
    [/^untilRequired: policy.maxDuration .* at most 1d from now, /]
  ],
  [
    'duration, short',
    { maxDuration: '30m' },
    { to: 'v2' },
    [/ 30m from now, for example 2026-01-01T00:30:00.000Z \(.* --for 30m\)$/]
  ],
  ['duration, within', { maxDuration: '24h' }, { to: 'v2', until: '2026-01-02T00:00:00Z' }, []],
  [
    'duration, beyond',
    { maxDuration: '24h' },
    { to: 'v2', until: '2026-01-02T00:00:01Z' },
    [/^untilTooLate: .*policy.maxDuration .*2026-01-02T00:00:00.000Z or earlier \(.* --for 1d\)$/]
  ],
  ['methods, within', { allowedMethods: ['GET', 'HEAD'] }, { to: 'v2', methods: 'GET' }, []],
  [
    'methods, another',
    { allowedMethods: ['GET'] },
    { to: 'v2', methods: 'GET,POST' },
    [/^methodForbidden: "POST".*policy.allowedMethods.* GET; .* for example GET$/]
  ],
  ['methods, all', { allowedMethods: ['GET'] }, { to: 'v2' }, [/^methodForbidden: every method/]],
  ['several at once', { maxPercent: 1, requireExpiry: true }, { to: 'v2' }, [/^percentForbidden/, /^untilRequired/]]
])('%s', ([, policy, annotations, expected]) => {
  const found = ask(policy, annotations)
  expect(found).toHaveLength(expected.length)
  for (const [index, pattern] of expected.entries()) expect(found[index]).toMatch(pattern)
})

test('requires targets that exist only where it is set', () => {
  const values = { found: 'httpbin.prod.svc.cluster.local', namespace: 'prod', loss: 'copies go nowhere' }
  const unknown = [problem('hostUnknown', 'to', values)]
  expect(ask({}, { to: 'v2' }, 'prod', unknown)).toEqual([])
  expect(ask({ requireKnownTarget: true }, { to: 'v2' }, 'prod', unknown)).toEqual([
    expect.stringMatching(
      /^targetRequired: policy.requireKnownTarget requires a target that exists: namespace \S+ sees no Service /
    )
  ])
})

test('a target of a mesh that is not read yet is refused where known targets are required, and nowhere else', () => {
  const unread = checkTargets([{ host: 'httpbin', subset: 'v2' }], 'prod', unreadMesh('not read yet'))
  expect(ask({}, { to: 'v2' }, 'prod', unread)).toEqual([])
  expect(ask({ requireKnownTarget: true }, { to: 'v2' }, 'prod', unread)).toEqual([
    expect.stringMatching(/^targetRequired: .*: host httpbin\.prod\S+ cannot be checked: not read yet$/)
  ])
})

test('a target that exists is not refused for the port that it leaves open', () => {
  const ambiguous = [problem('portAmbiguous', 'to', { host: 'httpbin.prod.svc.cluster.local', allowed: '80, 8080' })]
  expect(ask({ requireKnownTarget: true }, { to: 'v2' }, 'prod', ambiguous)).toEqual([])
})

test.for(['x.prod.svc.evil.com', 'x.prod.svc', 'x.prod', 'a.x.prod.svc.cluster.local'])(
  '%s is in no namespace of the cluster, so none that is allowed lets it pass',
  (host) => {
    expect(ask({ allowedTargetNamespaces: ['prod'] }, { to: `${host}/v2` })).toEqual([
      expect.stringMatching(/^targetForbidden: /)
    ])
  }
)

test.for([
  ['another spelling', 'httpbin/v2=50,httpbin.prod.svc.cluster.local/v2=50', '100 % to httpbin/v2'],
  ['another port', 'httpbin:80/v2=30,httpbin:81/v2=20.5', '50.5 % to httpbin:80/v2']
])('a destination cannot get more than maxPercent by %s', ([, to, found]) => {
  expect(ask({ maxPercent: 50 }, { to: to! })).toEqual([expect.stringContaining(`percentForbidden: ${found}`)])
})

test('a sum is as exact as its parts: 0.1 and 0.2 are 0.3', () => {
  expect(ask({ maxPercent: 0.3 }, { to: 'httpbin:80/v2=0.1,httpbin:81/v2=0.2' })).toEqual([])
})

test('different destinations are not added up', () => {
  expect(ask({ maxPercent: 50 }, { to: 'v2=50,v3=50' })).toEqual([])
})

test('a namespace tightens and lifts, and is named', () => {
  const policy = { maxPercent: 10, namespaces: { dev: { maxPercent: null }, prod: { maxPercent: 1 } } }
  expect(ask(policy, { to: 'v2=100' }, 'dev')).toEqual([])
  expect(ask(policy, { to: 'v2=10' }, 'other')).toEqual([])
  expect(ask(policy, { to: 'v2=2' }, 'prod')).toEqual([expect.stringContaining('policy.namespaces.prod.maxPercent')])
})

test.for([
  ['maxPercent', 5, { to: 'v2' }],
  ['allowedTargetNamespaces', ['shadow'], { to: 'v2' }],
  ['allowedTargetHosts', ['shadow.prod.svc.cluster.local'], { to: 'v2' }],
  ['requireExpiry', true, { to: 'v2' }],
  ['maxDuration', '1h', { to: 'v2' }],
  ['allowedMethods', ['GET'], { to: 'v2' }],
  ['requireKnownTarget', true, { to: 'v2' }]
] as const)('null lifts %s in a namespace', ([rule, value, annotations]) => {
  const unknown = [problem('hostUnknown', 'to', { found: 'httpbin.prod.svc.cluster.local' })]
  const policy = { [rule]: value, namespaces: { dev: { [rule]: null } } }
  expect(ask(policy, annotations, 'dev', unknown)).toEqual([])
  expect(ask(policy, annotations, 'other', unknown)).toHaveLength(1)
})

test('an empty list lifts one too', () => {
  const policy = { allowedMethods: ['GET'], namespaces: { dev: { allowedMethods: [] } } }
  expect(ask(policy, { to: 'v2' }, 'dev')).toEqual([])
})

test('a policy needs to know the mesh where any namespace requires known targets', () => {
  const needs = (policy: unknown) => dependsOnMesh(readPolicies(policy) as Policies)
  expect([needs({}), needs({ requireKnownTarget: false })]).toEqual([false, false])
  expect([needs({ requireKnownTarget: true }), needs({ namespaces: { a: { requireKnownTarget: true } } })]).toEqual([
    true,
    true
  ])
})

test('methods in lower case, which would forbid every one, are refused', () => {
  expect(readPolicies({ allowedMethods: ['get'] })).toEqual([expect.stringContaining('is not a list of HTTP methods')])
})

test('a default limit that no annotation could ask for is refused; 0 is none', () => {
  for (const defaultLimit of [-1, 1.5, 1025, '64', true])
    expect(readPolicies({ defaultLimit })).toEqual([expect.stringContaining('a whole number from 1 to 1024, or 0')])
  expect(readPolicies({ defaultLimit: 0 })).toMatchObject({ defaultLimit: 0 })
})

test('a percentage that no target can ask for is refused: a denial would show it as an example', () => {
  for (const maxPercent of [33.33333, 0.00001, 100.5])
    expect(readPolicies({ maxPercent })).toEqual([expect.stringContaining('with at most 4 decimals')])
})

test('reads every problem of a policy at once', () => {
  const policy = { maxPercent: 0, maxDuration: '1 day', allowedMethods: 'GET', typo: 1, namespaces: { prod: [] } }
  expect(readPolicies(policy)).toEqual([
    'policy.maxPercent: 0 is not a number from 0.0001 to 100, with at most 4 decimals',
    'policy.maxDuration: "1 day" is not a duration such as 30m, 24h or 7d',
    'policy.allowedMethods: "GET" is not a list of HTTP methods in upper case',
    expect.stringMatching(/^policy.typo is not a rule; use one of maxPercent, /),
    'policy.namespaces.prod: [] is not a map'
  ])
})

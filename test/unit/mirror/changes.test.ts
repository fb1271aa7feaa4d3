// What a second wish changes of the first, and what of that copies more than before.
import { expect, test } from 'vitest'
import { ANNOTATIONS, isProblems, readIntent } from '../../../mirror/annotations.ts'
import { changesBetween, formatChange } from '../../../mirror/changes.ts'
import { createMatcher } from '../../../mirror/matcher.ts'

type Wish = Partial<Record<keyof typeof ANNOTATIONS, string>>

const PLACE = { namespace: 'shop', clusterDomain: 'cluster.local' }

function intentOf(wish: Wish) {
  const entries = Object.entries({ to: 'v2', ...wish })
  const annotations = Object.fromEntries(entries.map(([name, value]) => [ANNOTATIONS[name as keyof Wish], value]))
  const intent = readIntent(annotations, createMatcher(), PLACE)
  if (!intent || isProblems(intent)) throw new Error(JSON.stringify(intent))
  return intent
}

/** `+` before each that grows. */
function changes(before: Wish, after: Wish): string[] {
  const found = changesBetween(intentOf(before), intentOf(after), { place: PLACE, matcher: createMatcher() })
  return found.map((change) => `${change.grows ? '+' : '-'} ${formatChange(change)}`)
}

const EARLY = '2030-01-01T10:00:00Z'
const LATE = '2030-01-01T11:00:00Z'

test.for<[name: string, before: Wish, after: Wish, expected: readonly string[]]>([
  ['nothing', { percent: '10', methods: 'GET' }, { percent: '10', methods: 'GET' }, []],
  ['a higher percentage', { percent: '10' }, {}, ['+ copies to v2: 10% -> 100%']],
  ['a lower one', {}, { percent: '0.5' }, ['- copies to v2: 100% -> 0.5%']],
  ['its place: on the target, or for all', { to: 'v2=10' }, { percent: '10' }, []],
  ['a target more', {}, { to: 'v2,v3=5' }, ['+ copies to v3: none -> 5%']],
  ['a target less', { to: 'v2,v3' }, {}, ['- copies to v3: 100% -> none']],
  ['another target', { to: 'v3' }, {}, ['- copies to v3: 100% -> none', '+ copies to v2: none -> 100%']],
  ['the order of targets', { to: 'v2,v3' }, { to: 'v3,v2' }, []],
  ['a host in full', { to: 'web/v2' }, { to: 'web.shop.svc.cluster.local/v2' }, []],
  [
    'one up and one down',
    { to: 'v2=50,v3=50' },
    { to: 'v2=10,v3=90' },
    ['- copies to v2: 50% -> 10%', '+ copies to v3: 50% -> 90%']
  ],
  ['longer bodies', { maxBody: '1Ki' }, { maxBody: '1Mi' }, ['+ bodies: up to 1Ki -> up to 1Mi']],
  ['bodies of any size', { maxBody: '1Mi' }, {}, ['+ bodies: up to 1Mi -> of any size']],
  ['shorter bodies', {}, { maxBody: '0' }, ['- bodies: of any size -> up to 0']],
  ['the same in another unit', { maxBody: '1Mi' }, { maxBody: '1024Ki' }, []],
  ['a higher limit', { limit: '8' }, { limit: '64' }, ['+ open copies: at most 8 -> at most 64']],
  ['no limit any more', { limit: '8' }, {}, ['+ open copies: at most 8 -> any number']],
  ['a limit at last', {}, { limit: '8' }, ['- open copies: any number -> at most 8']],
  ['no methods any more', { methods: 'GET' }, {}, ['+ methods: GET -> all']],
  ['methods at last', {}, { methods: 'GET,HEAD' }, ['- methods: all -> GET, HEAD']],
  ['fewer methods', { methods: 'GET,HEAD' }, { methods: 'HEAD' }, ['- methods: GET, HEAD -> HEAD']],
  ['another method', { methods: 'GET' }, { methods: 'POST' }, ['+ methods: GET -> POST']],
  ['the order of methods', { methods: 'GET,HEAD' }, { methods: 'HEAD,GET' }, []],
  ['a header dropped', { headers: 'x-user=beta' }, {}, ['+ headers: x-user=beta -> any']],
  [
    'a header added',
    { headers: 'x-user' },
    { headers: 'x-user,x-tier=gold' },
    ['- headers: x-user -> x-user and x-tier=gold']
  ],
  [
    'a header that must have a value',
    { headers: 'x-user' },
    { headers: 'x-user=beta' },
    ['- headers: x-user -> x-user=beta']
  ],
  [
    'a value that lies within',
    { headers: 'x-user~b.*' },
    { headers: 'x-user=beta' },
    ['- headers: x-user~b.* -> x-user=beta']
  ],
  [
    'a value that does not',
    { headers: 'x-user~a.*' },
    { headers: 'x-user=beta' },
    ['+ headers: x-user~a.* -> x-user=beta']
  ],
  [
    'expressions of which it cannot be told',
    { headers: 'x-user~[ab]+' },
    { headers: 'x-user~[a]+' },
    ['+ headers: x-user~[ab]+ -> x-user~[a]+']
  ],
  ['the case of a name', { headers: 'X-User=beta' }, { headers: 'x-user=beta' }, []],
  ['rules no longer named', { routes: 'api' }, {}, ['+ rules: api -> every rule']],
  ['a rule more', { routes: 'api' }, { routes: 'api,web' }, ['+ rules: api -> api, web']],
  ['a rule less', {}, { routes: 'api' }, ['- rules: every rule -> api']],
  ['versions no longer named', { from: 'v1' }, {}, ['+ rules to: v1 -> any version']],
  ['a version named', {}, { from: 'v1' }, ['- rules to: any version -> v1']],
  ['no end', { until: EARLY }, {}, [`+ ends: ${EARLY} -> never`]],
  ['a later end', { until: EARLY }, { until: LATE }, [`+ ends: ${EARLY} -> ${LATE}`]],
  ['an earlier end', { until: LATE }, { until: EARLY }, [`- ends: ${LATE} -> ${EARLY}`]],
  ['an end at last', {}, { until: EARLY }, [`- ends: never -> ${EARLY}`]],
  ['the zone of an end', { until: EARLY }, { until: '2030-01-01T12:00:00+02:00' }, []],
  ['the baseline of a run of diff', { baseline: EARLY }, {}, []],
  [
    'all at once',
    { percent: '10', methods: 'GET', until: EARLY },
    {},
    ['+ copies to v2: 10% -> 100%', '+ methods: GET -> all', `+ ends: ${EARLY} -> never`]
  ]
])('%s', ([, before, after, expected]) => {
  expect(changes(before, after)).toEqual(expected)
})

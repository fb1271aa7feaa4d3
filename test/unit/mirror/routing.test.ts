// Whatever the rules and the filter: with the edit each request goes where it went, and is copied if it is asked for.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ANNOTATIONS, PREFIX } from '../../../mirror/annotations.ts'
import { delegation, type Root } from '../../../mirror/delegation.ts'
import { edit, type Edit } from '../../../mirror/edit.ts'
import type { MirroredRule } from '../../../mirror/rule-plan.ts'
import type { ProblemCode } from '../../../mirror/problem.ts'
import { primaryOf } from '../../../mirror/resolve-targets.ts'
import {
  httpRules,
  type HttpMatch,
  type HttpRule,
  type StringMatch,
  type VirtualService
} from '../../../mirror/virtual-service.ts'
import { matchesText, merged, serve, type Request, type Served } from './routing-model.ts'

const NOW = new Date('2026-01-01T00:00:00Z')
const METHODS = ['GET', 'HEAD', 'POST']
const VALUES = ['', 'a', 'ab', 'abc', 'b']

const ofMethod = fc.oneof(
  fc.constantFrom(...METHODS).map((exact) => ({ exact })),
  fc.constantFrom('GET|HEAD', 'GET|POST', 'G.*', '.*T', '*', '.*').map((regex) => ({ regex })),
  fc.constantFrom('G', 'P').map((prefix) => ({ prefix })),
  fc.constant({})
)
const ofHeader: fc.Arbitrary<StringMatch> = fc.oneof(
  fc.constantFrom(...VALUES).map((exact) => ({ exact })),
  fc.constantFrom('a', 'ab', 'b').map((prefix) => ({ prefix })),
  fc.constantFrom('a|b', 'ab|abc', 'a.*', 'ab.*', '.*c', '.+', '.*', '*', 'a', 'a|').map((regex) => ({ regex })),
  fc.constant({})
)
const headers = fc.dictionary(fc.constantFrom('x-user', 'X-User', 'X-USER', 'x-tier', ':method'), ofHeader, {
  maxKeys: 3
})
const LENGTHS = ['0', '9', '10', '11', '0010', '0011', '100', '1000000']
const ofLength: fc.Arbitrary<StringMatch> = fc.oneof(
  fc.constantFrom(...LENGTHS, '').map((exact) => ({ exact })),
  fc.constantFrom('1', '00').map((prefix) => ({ prefix })),
  fc.constantFrom('1.*', '[0-9]{3,}', '10|11', '.*', '*', '|9', '0*1[1-9]').map((regex) => ({ regex })),
  fc.constant({})
)
const rarely = <T>(one: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: one })
const lengths = rarely(fc.dictionary(fc.constantFrom('content-length', 'Content-Length'), ofLength, { maxKeys: 2 }))
const withLengths = (others: typeof headers) => fc.tuple(others, lengths).map(([a, b]) => ({ ...a, ...b }))
const branch: fc.Arbitrary<HttpMatch> = fc.record(
  {
    uri: fc.oneof(
      fc.constantFrom('/', '/a').map((prefix) => ({ prefix })),
      fc.constantFrom('/a', '/a/b').map((exact) => ({ exact }))
    ),
    ignoreUriCase: fc.boolean(),
    method: ofMethod,
    headers: withLengths(headers),
    withoutHeaders: withLengths(headers)
  },
  { requiredKeys: [] }
)
const branches = fc.option(fc.array(branch, { maxLength: 3 }), { nil: undefined })

/** Of roots: few conditions, so that many rules below come through Istio's check. */
const rootBranches: fc.Arbitrary<HttpMatch[] | undefined> = fc.option(
  fc.array(
    fc.record(
      {
        method: ofMethod,
        headers: fc.record({ 'x-user': ofHeader }),
        withoutHeaders: fc.record({ 'content-length': ofLength }),
        ignoreUriCase: fc.constant(false)
      },
      {
        requiredKeys: []
      }
    ),
    { maxLength: 2 }
  ),
  { nil: undefined }
)

/** Rule `n` sends to host `live-n`, so that it can be told which one served. */
const someRules: fc.Arbitrary<HttpRule[]> = fc
  .array(fc.tuple(branches, fc.boolean()), { minLength: 1, maxLength: 4 })
  .map((all) =>
    liveRules(...all.map(([match]) => match)).map((rule, index) => (all[index]![1] ? { ...rule, name: 'asked' } : rule))
  )

const byNameOrText = fc.record(
  {
    methods: fc.uniqueArray(fc.constantFrom(...METHODS), { minLength: 1 }).map((all) => all.join(',')),
    headers: fc
      .uniqueArray(
        fc.constantFrom('x-user=ab', 'x-user~a.*', 'x-user~.*c', 'x-user', 'x-user~a|b', 'x-tier=a', 'x-tier'),
        {
          minLength: 1,
          maxLength: 2,
          selector: (one) => one.slice(0, 6)
        }
      )
      .map((all) => all.join(',')),
    routes: fc.constant('asked')
  },
  { requiredKeys: [] }
)

const wish = fc
  .tuple(byNameOrText, rarely(fc.record({ 'max-body': fc.constantFrom('0', '9', '10', '99') })))
  .map(([asked, bound]): Asked => ({ ...asked, ...bound }))

const request: fc.Arbitrary<Request> = fc.record({
  method: fc.constantFrom(...METHODS),
  path: fc.constantFrom('/', '/a', '/A', '/a/b'),
  headers: fc
    .tuple(
      fc.dictionary(fc.constantFrom('x-user', 'x-tier'), fc.constantFrom(...VALUES)),
      fc.option(fc.constantFrom(...LENGTHS), { nil: undefined })
    )
    .map(([named, length]) => ({ ...named, ...(length !== undefined && { 'content-length': length }) }))
})
const requests = fc.array(request, { minLength: 12, maxLength: 12 })

/** One header in two spellings: what the clone takes must meet both. */
const TWO_SPELLINGS: [HttpRule[], Asked, Request[]] = [
  liveRules([{ headers: { 'X-User': { prefix: 'a' }, 'x-user': { regex: '.*c' } } }], undefined),
  { headers: 'x-user=ab' },
  [{ method: 'GET', path: '/', headers: { 'x-user': 'ab' } }]
]

/** Istio drops the first rule: its regex lies in no value. A clone that is narrowed to GET would come through. */
const REVIVED: [HttpRule[], Asked, Request[], HttpMatch[]] = [
  liveRules([{ method: { regex: 'GET|HEAD' } }], undefined),
  { methods: 'GET' },
  [{ method: 'GET', path: '/', headers: {} }],
  [{ method: { exact: 'GET' } }]
]

test('each request goes where it went, and is copied exactly if its rule and the filter ask for it', () => {
  const seen = { copied: 0, clone: 0, whole: 0 }
  fc.assert(
    fc.property(someRules, wish, requests, (http, asked, all) => {
      const edited = edit(withRules(http, asked, ['live']), NOW)
      for (const one of all) {
        const [before, after] = [serve(http, one), serve(httpRules(edited.result), one)]
        const isCopied = isToBeCopied(edited, before, passes(asked, one))
        expect(after).toEqual(before && { ...before, copies: isCopied ? ['shadow'] : [] })
        if (isCopied) seen.copied++
      }
      for (const rule of mirroredRules(edited)) seen[rule.match ? 'clone' : 'whole']++
    }),
    { numRuns: 4_000, examples: [TWO_SPELLINGS] }
  )
  expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(100)
})

test('also in a delegate, whatever its root: and what Istio drops of the copies is said', () => {
  const seen = { copied: 0, lost: 0 }
  fc.assert(
    fc.property(someRules, wish, requests, rootBranches, (leaves, asked, all, match) => {
      const edited = edit(withRules(leaves, asked), NOW)
      const http = httpRules(edited.result)
      const rule: HttpRule = { delegate: { name: 'web' }, mirror: { host: 'audit' }, ...(match && { match }) }
      const root: Root = { namespace: 'shop', name: 'root', path: 'spec.http[0]', rule }
      const said = delegation(edited.result, [root]).rules.map(({ findings }) => findings.length > 0)
      const lost = new Set(http.flatMap((one, index) => (said[index] ? [primaryOf(one)?.host] : [])))
      for (const one of all) {
        const [before, after] = [leaves, http].map((rules) => serve(merged(rule, rules), one))
        const isCopied = isToBeCopied(edited, before, passes(asked, one))
        const isLost = lost.has(before?.primary)
        const copied = before && { ...before, copies: isCopied ? ['audit', 'shadow'] : ['audit'] }
        expect(isCopied && isLost ? [before, copied] : [copied]).toContainEqual(after)
        if (isCopied) seen[isLost ? 'lost' : 'copied']++
      }
    }),
    { numRuns: 2_000, examples: [REVIVED] }
  )
  expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(100)
})

type Asked = (typeof byNameOrText extends fc.Arbitrary<infer T> ? T : never) & { readonly 'max-body'?: string }

function liveRules(...matches: (HttpMatch[] | undefined)[]): HttpRule[] {
  return matches.map((match, index) => ({
    ...(match && { match }),
    route: [{ destination: { host: `live-${index}` } }]
  }))
}

function withRules(http: HttpRule[], asked: Asked, hosts?: string[]): VirtualService {
  const annotations = Object.fromEntries(Object.entries(asked).map(([name, text]) => [PREFIX + name, text]))
  return {
    metadata: { name: 'web', namespace: 'shop', annotations: { [ANNOTATIONS.to]: 'shadow/', ...annotations } },
    spec: { ...(hosts && { hosts }), http }
  }
}

function passes(
  { methods, headers: conditions = '', 'max-body': most }: Asked,
  { method, headers: own }: Request
): boolean {
  const byHeaders = (conditions === '' ? [] : conditions.split(',')).every((condition) => {
    const [, name = '', operator, value] = /^([\w-]+)(?:([=~])(.*))?$/.exec(condition)!
    return matchesText(operator === '=' ? { exact: value! } : operator === '~' ? { regex: value! } : {}, own[name])
  })
  const isShort = most === undefined || Number(own['content-length'] ?? 0) <= Number(most)
  return isShort && byHeaders && (methods?.split(',').includes(method) ?? true)
}

const NEVER: ReadonlySet<ProblemCode> = new Set(['filterNeverMatches', 'filterTaken'])

/** And where the plan says that no request of a rule can pass the filter, this one does not. */
function isToBeCopied({ base, plan }: Edit, served: Served | undefined, isPassing: boolean): boolean {
  const planned = plan?.rules[httpRules(base).findIndex((rule) => primaryOf(rule)?.host === served?.primary)]
  if (planned?.outcome === 'skipped' && NEVER.has(planned.reason.code)) expect(isPassing).toBe(false)
  return planned?.outcome === 'mirrored' && isPassing
}

function mirroredRules({ plan }: Edit): MirroredRule[] {
  return (plan?.rules ?? []).flatMap((rule) => (rule.outcome === 'mirrored' ? [rule] : []))
}

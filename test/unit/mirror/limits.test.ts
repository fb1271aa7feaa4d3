// Whose connection pool counts, as Istio merges those of a host, a subset and a port.
import { expect, test } from 'vitest'
import { isLimited, LIMITING, limitsOf, type WithPolicy } from '../../../mirror/limits.ts'
import { parse } from 'yaml'

const LIMITED = { connectionPool: { http: { http2MaxRequests: 64 } } }
const UNLIMITED = { connectionPool: { tcp: { maxConnections: 64 } } }
const at = (number: number, policy: object) => ({ portLevelSettings: [{ port: { number }, ...policy }] })

test.for<[string, WithPolicy['trafficPolicy'], WithPolicy['trafficPolicy'], boolean]>([
  ['no policy', undefined, undefined, false],
  ['no pool', {}, null, false],
  ["the host's", LIMITED, undefined, true],
  ["the subset's", undefined, LIMITED, true],
  ["the subset's replaces the host's", LIMITED, UNLIMITED, false],
  ["a subset's policy without a pool leaves the host's", LIMITED, {}, true],
  ["the port's", at(80, LIMITED), undefined, true],
  ["another port's", at(81, LIMITED), undefined, false],
  ["the port's inherits nothing", { ...LIMITED, ...at(80, {}) }, undefined, false],
  ["the subset's before the host's port", at(80, LIMITED), UNLIMITED, false],
  ["the subset's port before all", LIMITED, { ...LIMITED, ...at(80, {}) }, false],
  ['connections alone: requests wait for one', UNLIMITED, undefined, false],
  ['waiting requests alone', { connectionPool: { http: { http1MaxPendingRequests: 1 } } }, undefined, false],
  [
    'both of them',
    { connectionPool: { tcp: { maxConnections: 1 }, http: { http1MaxPendingRequests: 1 } } },
    undefined,
    true
  ],
  ['zeros, which are the default', { connectionPool: { http: { http2MaxRequests: 0 } } }, undefined, false]
])('%s', ([, host, subset, expected]) => {
  const [above, own] = [host, subset].map((trafficPolicy) => limitsOf(trafficPolicy ? { trafficPolicy } : {}))
  expect(isLimited(above, own, 80)).toBe(expected)
})

test('what we tell people to add is a limit', () => {
  expect(isLimited(limitsOf(parse(`{${LIMITING}}`) as WithPolicy), undefined)).toBe(true)
})

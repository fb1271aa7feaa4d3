// A delegate as its callers meet it: what a probe has to ask for.
import { expect, test } from 'vitest'
import { planRequest } from '../../../../plugin/check/probe-request.ts'
import { delegateOf } from '../../../../plugin/status/delegate.ts'
import { mirrored, ROUTE, virtualService } from '../check/cluster-model.ts'

const LEAF = mirrored(
  'shop/leaf',
  { http: [{ match: [{ uri: { prefix: '/catalog/search' } }], route: ROUTE }] },
  { to: 'v2', methods: 'POST' }
)
const delegate = { name: 'leaf', namespace: 'shop' }

test("a probe goes to a root's host, and meets the conditions of both", () => {
  const match = [{ uri: { prefix: '/catalog' }, headers: { team: { exact: 'blue' } } }]
  const root = virtualService('edge/root', { hosts: ['catalog'], http: [{ match, delegate }] })
  const { called } = delegateOf(LEAF, { objects: [LEAF, root] }) ?? {}
  expect(planRequest(called!, { otherwise: 8000 })).toEqual({
    url: 'http://catalog.edge.svc.cluster.local:8000/catalog/search',
    method: 'POST',
    headers: ['team: blue'],
    times: 1
  })
})

test('the root that keeps a mirrored rule is the one to call', () => {
  const roots = ['a', 'b'].map((name) =>
    virtualService(`edge/${name}`, {
      hosts: [`${name}.example.com`],
      http: [{ match: [{ ignoreUriCase: name === 'a' }], delegate }]
    })
  )
  expect(delegateOf(LEAF, { objects: roots })?.called?.spec?.hosts).toEqual(['b.example.com'])
  expect(delegateOf(LEAF, { objects: roots.slice(0, 1) })?.called).toBeUndefined()
})

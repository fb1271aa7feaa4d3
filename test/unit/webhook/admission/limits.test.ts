// A review of a mirror with a limit: by annotation, by the policy, and where there can be none.
import { expect, test } from 'vitest'
import jsonPatch, { type Operation } from 'fast-json-patch'
import type { KnownMesh } from '../../../../mirror/check-targets.ts'
import { edit } from '../../../../mirror/edit.ts'
import type { Policies } from '../../../../mirror/policy.ts'
import type { VirtualService } from '../../../../mirror/virtual-service.ts'
import { review } from '../../../../webhook/admission/review.ts'

const NOW = new Date('2026-01-01T00:00:00Z')
const HOST = 'httpbin.shop.svc.cluster.local'

function asking(annotations: Readonly<Record<string, string>>): VirtualService {
  const ours = Object.entries(annotations).map(([key, value]) => [`kubectl-mirror.dev/${key}`, value])
  const http = [{ route: [{ destination: { host: 'httpbin', subset: 'v1' } }] }]
  const metadata = {
    name: 'httpbin',
    namespace: 'shop',
    annotations: Object.fromEntries(ours) as Record<string, string>
  }
  return { metadata, spec: { hosts: ['httpbin'], http } }
}

function mesh(namespace: string): KnownMesh {
  const subsets = new Map([['v2', undefined]])
  const rule = { namespace, name: 'httpbin', host: HOST, exportTo: [], created: '', hasSelector: false, subsets }
  const known = { ...rule, owner: undefined, limit: undefined }
  return {
    ports: () => [8000],
    subsets: () => ['v2'],
    limited: () => false,
    rules: () => ({ used: [known], all: [known], services: [namespace] })
  }
}

interface Given {
  readonly policies?: Policies
  readonly limits?: boolean
  readonly old?: VirtualService
  readonly place?: string
}

function reviewed(object: VirtualService, { policies = {}, limits = true, old, place = 'shop' }: Given = {}) {
  const request = { uid: 'u', namespace: 'shop', object, oldObject: old ?? null }
  const decision = review(request, { now: NOW, policies, limits, mesh: mesh(place) })
  const patch = decision.patch as Operation[]
  const stored = jsonPatch.applyPatch(structuredClone(object), patch, true).newDocument
  return { ...decision, stored, codes: decision.findings.map(({ code }) => code) }
}

test('with a limit the hazard of none is not there any more', () => {
  expect(reviewed(asking({ to: 'v2' })).codes).toEqual(['copiesAndBodiesUnlimited'])
  expect(reviewed(asking({ to: 'v2', limit: '64' })).codes).toEqual(['bodiesUnlimited'])
})

test('without the right, and where Istio would not merge, it is denied', () => {
  const asked = asking({ to: 'v2', limit: '64' })
  expect(reviewed(asked, { limits: false })).toMatchObject({ outcome: 'denied', codes: ['limitsOff'] })
  expect(reviewed(asked, { place: 'prod' })).toMatchObject({ outcome: 'denied', codes: ['limitElsewhere'] })
})

test('what has come to stand in the way later ends no mirror', () => {
  const { stored } = reviewed(asking({ to: 'v2', limit: '64' }))
  expect(reviewed(stored, { old: stored, limits: false })).toMatchObject({ outcome: 'kept', patch: [] })
})

test("the policy's default limits what has none, writes no annotation, and is undone with the mirror", () => {
  const policies = { defaultLimit: 32, requireLimit: true }
  const { stored, injected } = reviewed(asking({ to: 'v2' }), { policies })
  expect(injected).toBe('httpbin/kubectl-mirror-v2=100')
  expect(stored.metadata.annotations).not.toHaveProperty('kubectl-mirror.dev/limit')
  expect(reviewed(stored, { policies, old: stored }).patch).toEqual([])
  expect(reviewed(asking({}), { policies, old: stored }).stored).toEqual(asking({}))
  expect(reviewed(stored, { old: stored }).injected, 'lifted').toBe('httpbin/v2=100')
})

test('who does not know the policy believes the record', () => {
  const { stored } = reviewed(asking({ to: 'v2' }), { policies: { defaultLimit: 32 } })
  expect(edit(stored, NOW)).toMatchObject({ result: stored, intent: { limit: 'unknown' } })
  expect(edit(asking({ to: 'v2' }), NOW).intent).not.toHaveProperty('limit')
})

test('a required limit is one of the annotation or of the default, and 0 is none', () => {
  const required = { requireLimit: true, defaultLimit: 0 }
  expect(reviewed(asking({ to: 'v2' }), { policies: required })).toMatchObject({
    outcome: 'denied',
    codes: ['limitRequired']
  })
  expect(reviewed(asking({ to: 'v2', limit: '1' }), { policies: required }).outcome).toBe('mirrored')
  const lifted = { ...required, namespaces: { shop: { requireLimit: undefined } } }
  expect(reviewed(asking({ to: 'v2' }), { policies: lifted }).outcome).toBe('mirrored')
})

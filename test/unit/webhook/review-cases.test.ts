// Runs the table of cases against the webhook's review: what it answers must make the expected object.
import { expect, test } from 'vitest'
import jsonPatch, { type Operation } from 'fast-json-patch'
import { asksAnew } from '../../../mirror/edit.ts'
import { responseTo } from '../../../webhook/admission/response.ts'
import { review } from '../../../webhook/admission/review.ts'
import { loadCases } from '../../cases/load.ts'

test.for(loadCases())('$file: $name', ({ object, old, now, expected, problems, warnings }) => {
  const sent = structuredClone(object)
  const request = {
    uid: 'u',
    operation: old ? 'UPDATE' : 'CREATE',
    object: structuredClone(object),
    oldObject: old ?? null
  }
  const decision = review(request, { now, policies: {}, limits: true })
  const { findings, outcome } = decision
  const response = responseTo(request, decision)

  expect(object, 'the review alters nothing').toEqual(sent)
  expect(response.uid).toBe('u')
  // Of a mirror that is over it is said, whatever else is wrong.
  const all = outcome === 'expired' ? [...warnings, ...problems] : problems.length > 0 ? problems : warnings
  expect(findings.map(({ code }) => code)).toEqual(all)
  const mustDeny = problems.length > 0 && asksAnew(object, old)
  expect(response.allowed).toBe(!mustDeny)
  expect(outcome === 'denied').toBe(mustDeny)
  expect(response.status?.code).toBe(mustDeny ? 400 : undefined)
  const told = mustDeny ? response.status?.message : response.warnings?.join('\n')
  for (const { path } of findings) expect(told).toContain(path)

  expect(response.patch === undefined, 'a patch and its type come together').toBe(response.patchType === undefined)
  const patch = JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString() || '[]') as Operation[]
  const stored = jsonPatch.applyPatch(sent, patch, true).newDocument
  expect(stored).toEqual(expected)

  const again = review(
    { uid: 'u', operation: 'UPDATE', object: stored, oldObject: stored },
    { now, policies: {}, limits: true }
  )
  expect(again.patch, 'a second admission changes nothing').toEqual([])
})

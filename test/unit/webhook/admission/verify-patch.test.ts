// The trial refuses what the API server would refuse, and what is not the plan; it writes into nothing it was given.
import { expect, test } from 'vitest'
import type { Operation } from '../../../../mirror/patch.ts'
import type { VirtualService } from '../../../../mirror/virtual-service.ts'
import { assertApplies } from '../../../../webhook/admission/verify-patch.ts'

const OBJECT: VirtualService = {
  metadata: { annotations: { 'a/b': 'c' } },
  spec: { http: [{ name: 'one', timeout: '5s' }] }
}
const RESULT: VirtualService = {
  metadata: { annotations: { 'a/b': 'd' } },
  spec: { http: [{ name: 'one', retries: { attempts: 2 } }] }
}
const PATCH: Operation[] = [
  { op: 'replace', path: '/metadata/annotations/a~1b', value: 'd' },
  { op: 'remove', path: '/spec/http/0/timeout' },
  { op: 'add', path: '/spec/http/0/retries', value: { attempts: 2 } }
]

test('passes what makes the planned object, and leaves the object as it was', () => {
  const before = structuredClone(OBJECT)
  assertApplies(PATCH, OBJECT, RESULT)
  expect(OBJECT).toEqual(before)
})

test.each<[what: string, operation: Operation, message: string]>([
  ['replaces what is not there', { op: 'replace', path: '/spec/http/0/rewrite', value: {} }, 'there is no'],
  ['removes what is not there', { op: 'remove', path: '/metadata/annotations/none' }, 'there is no'],
  ['names a rule that is not there', { op: 'add', path: '/spec/http/1/mirror', value: {} }, 'there is no /spec/http/1'],
  ['writes where nothing of ours is', { op: 'add', path: '/status/http', value: {} }, 'there is no /status'],
  ['makes another object', { op: 'add', path: '/spec/http/0/mirror', value: {} }, 'does not produce the planned']
])('refuses a patch that %s', (_, operation, message) => {
  expect(() => assertApplies([...PATCH, operation], OBJECT, RESULT)).toThrow(message)
})

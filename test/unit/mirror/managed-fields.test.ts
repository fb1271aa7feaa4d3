// Who owns the rules after an edit of ours.
import { expect, test } from 'vitest'
import { annotationsOnlyOf, giveBackRules } from '../../../mirror/managed-fields.ts'

const OURS = 'mirror-plugin'
const HTTP = { 'f:http': {} }
const helm = (spec: object) => ({ manager: 'helm', operation: 'Apply', apiVersion: 'v1', fieldsV1: { 'f:spec': spec } })
const ours = (fields: object) => ({
  manager: OURS,
  operation: 'Update',
  apiVersion: 'v1',
  fieldsV1: fields as Readonly<Record<string, unknown>>
})

test('the rules go back to their owner, and nothing of them stays with us', () => {
  const before = [helm({ 'f:hosts': {}, ...HTTP })]
  const after = [helm({ 'f:hosts': {} }), ours({ 'f:spec': { '.': {}, ...HTTP } })]
  expect(giveBackRules(before, after, OURS)).toEqual(before)
})

test('an owner that owned nothing else is there again', () => {
  const before = [helm(HTTP)]
  expect(giveBackRules(before, [ours({ 'f:spec': HTTP })], OURS)).toEqual(before)
})

test('the same manager by another operation is another owner', () => {
  const update = { ...helm({ 'f:hosts': {} }), operation: 'Update' }
  const before = [helm(HTTP), update]
  expect(giveBackRules(before, [update, ours({ 'f:spec': HTTP })], OURS)).toEqual([update, helm(HTTP)])
})

test('what else is ours stays ours', () => {
  const annotations = { 'f:metadata': { 'f:annotations': { 'f:kubectl-mirror.dev/injected': {} } } }
  const after = [ours({ ...annotations, 'f:spec': { ...HTTP, 'f:hosts': {} } })]
  expect(giveBackRules([], after, OURS)).toEqual([ours({ ...annotations, 'f:spec': { 'f:hosts': {} } })])
})

test('rules that were ours before, by an older edit, have no owner', () => {
  expect(giveBackRules([ours({ 'f:spec': HTTP })], [ours({ 'f:spec': HTTP })], OURS)).toEqual([])
})

test('an apply removes only annotations that no other manager owns', () => {
  const annotations = (...keys: readonly string[]) => ({
    'f:metadata': { 'f:annotations': { '.': {}, ...Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) } }
  })
  const applied = { ...ours(annotations('to', 'methods', 'percent')), operation: 'Apply' }
  const fields = [applied, ours(annotations('injected')), { ...helm({}), fieldsV1: annotations('percent') }]
  expect(annotationsOnlyOf(OURS, fields)).toEqual(['to', 'methods'])
})

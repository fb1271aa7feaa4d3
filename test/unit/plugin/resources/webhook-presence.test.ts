// Label selectors as Kubernetes reads them.
import { expect, test } from 'vitest'
import { selects, type LabelSelector } from '../../../../plugin/resources/webhook-presence.ts'

const LABELS = { team: 'shop', tier: 'web' }

test.for<[string, LabelSelector | undefined, boolean]>([
  ['no selector takes all', undefined, true],
  ['an empty one, too', {}, true],
  ['a label that it has', { matchLabels: { team: 'shop' } }, true],
  ['a label with another value', { matchLabels: { team: 'shop', tier: 'db' } }, false],
  ['In', { matchExpressions: [{ key: 'team', operator: 'In', values: ['a', 'shop'] }] }, true],
  ['In, without the label', { matchExpressions: [{ key: 'gone', operator: 'In', values: ['a'] }] }, false],
  ['NotIn', { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['shop'] }] }, false],
  ['NotIn, without the label', { matchExpressions: [{ key: 'gone', operator: 'NotIn', values: ['a'] }] }, true],
  ['Exists', { matchExpressions: [{ key: 'gone', operator: 'Exists' }] }, false],
  ['DoesNotExist', { matchExpressions: [{ key: 'gone', operator: 'DoesNotExist' }] }, true]
])('%s', ([, selector, expected]) => {
  expect(selects(selector, LABELS)).toBe(expected)
})

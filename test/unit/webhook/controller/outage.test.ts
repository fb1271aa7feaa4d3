// While nothing answers, one key is tried at a time; the first answer brings all the others at once.
import { expect, test } from 'vitest'
import { createOutage } from '../../../../webhook/controller/outage.ts'

function outageWith() {
  const retried: [key: string, delayMs: number][] = []
  return { retried, outage: createOutage((key, delayMs) => retried.push([key, delayMs])) }
}

test('keys take turns, each after a pause', () => {
  const { outage, retried } = outageWith()
  expect(outage.lasts()).toBe(false)
  expect(outage.unanswered('a')).toBe(2000)
  expect(outage.unanswered('b'), 'a is tried again first').toBeUndefined()
  expect(outage.unanswered('c')).toBeUndefined()
  expect(outage.lasts()).toBe(true)
  expect(outage.unanswered('a'), 'now it is the turn of b').toBeUndefined()
  expect(outage.unanswered('b')).toBeUndefined()
  expect(outage.unanswered('c')).toBeUndefined()
  expect(retried).toEqual([
    ['b', 2000],
    ['c', 2000],
    ['a', 2000]
  ])
})

test('an answer to any of them, or to another, ends it for all', () => {
  const { outage, retried } = outageWith()
  for (const key of ['a', 'b', 'c']) outage.unanswered(key)
  outage.answered('b')
  expect(retried).toEqual([
    ['a', 0],
    ['c', 0]
  ])
  expect(outage.lasts()).toBe(false)
  outage.unanswered('a')
  outage.answered('new')
  expect(retried.at(-1)).toEqual(['a', 0])
})

test('the one whose turn it is may be deleted', () => {
  const { outage, retried } = outageWith()
  for (const key of ['a', 'b']) outage.unanswered(key)
  outage.forget('a')
  expect(retried).toEqual([['b', 2000]])
  outage.forget('b')
  expect(outage.lasts()).toBe(false)
  expect(outage.unanswered('c')).toBe(2000)
})

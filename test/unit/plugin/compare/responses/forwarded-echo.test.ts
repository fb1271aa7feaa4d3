import { expect, test } from 'vitest'
import { compareResponses } from '../../../../../plugin/compare/responses/compare-responses.ts'
import { response } from './build.ts'

const COPY = { 'x-forwarded-for': '10.244.0.7' }

function kinds(live: string, copy: string, liveHeaders: Readonly<Record<string, string>> = {}, copyHeaders = COPY) {
  const { differences } = compareResponses(
    response({ body: { origin: live }, requestHeaders: liveHeaders }),
    response({ body: { origin: copy }, requestHeaders: copyHeaders }),
    { field: () => false, header: () => false }
  )
  return differences.map(({ kind }) => kind)
}

test.each<[string, string, Readonly<Record<string, string>>, typeof COPY]>([
  ['127.0.0.6', '10.244.0.7', {}, COPY],
  ['from 127.0.0.6!', 'from 10.244.0.7!', {}, COPY],
  [
    '192.0.2.1',
    '192.0.2.1, 10.244.0.7',
    { 'x-forwarded-for': '192.0.2.1' },
    { 'x-forwarded-for': '192.0.2.1, 10.244.0.7' }
  ]
])('%s and %s are an echo of x-forwarded-for', (...given) => expect(kinds(...given)).toEqual(['echo']))

test.each<[string, string]>([
  ['127.0.0.6', '10.244.0.8'],
  ['alice', '10.244.0.7'],
  ['by 127.0.0.6', 'of 10.244.0.7']
])('%s and %s are not', (live, copy) => expect(kinds(live, copy)).toEqual(['value']))

test('without the header nothing is an echo', () =>
  expect(kinds('127.0.0.6', '10.244.0.7', {}, {} as typeof COPY)).toEqual(['value']))

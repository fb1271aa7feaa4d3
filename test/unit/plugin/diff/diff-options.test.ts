import { describe, expect, test } from 'vitest'
import { compareResponses } from '../../../../plugin/compare/responses/compare-responses.ts'
import { UserError } from '../../../../plugin/io/errors.ts'
import { parseDiffFlags } from '../../../../plugin/diff/diff-options.ts'
import type { DiffFlags } from '../../../../plugin/diff/flags.ts'
import { response, type ResponseText } from '../compare/responses/build.ts'

describe('--ignore', () => {
  const found = (ignore: string, live: ResponseText, copy: ResponseText): string[] => {
    const { ignored } = parseDiffFlags({ ignore: [ignore] }).responses
    return compareResponses(response(live), response(copy), ignored).differences.map(({ field }) => field)
  }
  test.each(['body', '$.body', '$..*'])('%s leaves out a body that is a text', (ignore) => {
    expect(found(ignore, { body: 'a' }, { body: 'b' })).toEqual([])
  })
  test('body leaves no other field out', () => {
    expect(found('body', { body: { a: 1, body: 1 } }, { body: { a: 2, body: 2 } })).toEqual(['$.a'])
    expect(found('a', { body: 'a' }, { body: 'b' })).toEqual(['body'])
  })
})

test("--redact knows no case: that of a header is the client's", () => {
  const { redactor } = parseDiffFlags({ redact: ['X-Api-Key', '$.User'] }).responses
  expect([redactor.header('x-api-key', 'secret'), redactor.show('$.user', 'secret')].join()).not.toContain('secret')
})

test('every mistake is reported', () => {
  const wrong = {
    for: 'x',
    requests: '0',
    sample: '2',
    maxBody: 'x',
    method: ['get'],
    path: ['api'],
    redact: ['$'],
    junit: 'a.xml'
  }
  expect(mistakesOf(wrong)).toHaveLength(8)
})

describe('a condition that the run cannot evaluate is refused before the run', () => {
  test.each<[DiffFlags, string[]]>([
    [{ failOn: 'field>1%,p99>20%' }, []],
    [{ failOn: 'p99>20%,status>1%,p50>5ms', baseline: true }, ['--fail-on: p99, p50: not together with --baseline']],
    [{ failOn: 'status>1%,missing>1%,size>1%,field>1%', baseline: true }, []],
    [{ for: '0s' }, ['--for=0s compares nothing']]
  ])('%j', (flags, expected) => {
    expect(mistakesOf(flags)).toEqual(expected.map((text) => expect.stringContaining(text)))
  })
})

function mistakesOf(flags: DiffFlags): readonly string[] {
  try {
    parseDiffFlags(flags)
    return []
  } catch (error) {
    if (error instanceof UserError) return error.messages
    throw error
  }
}

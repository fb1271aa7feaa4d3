import { describe, expect, test } from 'vitest'
import { compareAnswers } from '../../../../plugin/compare/responses/compare-responses.ts'
import { parseBodyFlags, type BodyFlags } from '../../../../plugin/compare/body-options.ts'
import { answer, type AnswerText } from './responses/build.ts'

function parse(flags: BodyFlags): { problems: string[]; options: ReturnType<typeof parseBodyFlags> } {
  const problems: string[] = []
  const options = parseBodyFlags(flags, (problem) => problems.push(problem))
  return { problems, options }
}

describe('--ignore', () => {
  const found = (ignore: string, live: AnswerText, copy: AnswerText): string[] => {
    const { ignored } = parse({ bodies: true, ignore: [ignore] }).options!
    return compareAnswers(answer(live), answer(copy), ignored).differences.map(({ field }) => field)
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
  const { redactor } = parse({ bodies: true, redact: ['X-Api-Key', '$.User'] }).options!
  expect([redactor.header('x-api-key', 'secret'), redactor.show('$.user', 'secret')].join()).not.toContain('secret')
})

test('every mistake is named', () => {
  expect(parse({ baseline: true, ignoreHeader: ['a'] }).problems).toEqual([
    '--baseline, --ignore-header: only together with --bodies'
  ])
  const wrong = { bodies: true, since: '1m', sample: '2', maxBody: 'x', methods: ['get'], path: ['api'], redact: ['$'] }
  expect(parse(wrong).problems).toHaveLength(6)
})

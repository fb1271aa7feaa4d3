// What --redact names is in no view: neither on the terminal nor in any file.
import { expect, test } from 'vitest'
import { BodyBudget } from '../../../../../plugin/compare/tap/body-budget.ts'
import { FieldsTally } from '../../../../../plugin/compare/statistics/field-tally.ts'
import { parseDiffFlags } from '../../../../../plugin/diff/diff-options.ts'
import { parseGates } from '../../../../../plugin/compare/statistics/gate.ts'
import { renderJunit } from '../../../../../plugin/compare/report/junit.ts'
import { PairById } from '../../../../../plugin/compare/pairing/pair.ts'
import { mismatchLine, pairJson, summaryJson } from '../../../../../plugin/compare/report/ndjson.ts'
import { renderReport } from '../../../../../plugin/compare/report/report.ts'
import { Roles } from '../../../../../plugin/compare/pairing/role.ts'
import { Run } from '../../../../../plugin/compare/statistics/run.ts'
import { summarise } from '../../../../../plugin/compare/statistics/summary.ts'
import { renderTable } from '../../../../../plugin/compare/report/table.ts'
import { copy, liveRecord } from '../build.ts'
import { response, type ResponseText } from './build.ts'

const { redactor, ignored } = parseDiffFlags({
  examples: true,
  redact: ['token', 'X-Api-Key', '$.user.email']
}).responses

/** Everything that is hidden is called so, and differs in each answer. */
function telling(side: string): ResponseText {
  const secret = `secret-${side}`
  return {
    path: '/login?token=secret-path&n=1',
    requestHeaders: { referer: 'https://shop/?token=secret-referer', 'x-api-key': 'secret-key' },
    requestBody: '{"token": "secret-request"}',
    headers: {
      'content-type': 'application/json',
      'x-api-key': secret,
      location: `/next?a=${side}&token=${secret}?more=${secret};${secret}&b=1`,
      'x-callback': `https://shop/#TOKEN=${secret}`
    },
    body: { user: { email: secret, name: side }, url: `http://shop/?token=${secret}`, token: { deep: secret } }
  }
}

const SUBJECT = {
  name: 'shop',
  namespace: 'shop',
  context: '',
  live: ['v1'],
  mirror: 'v2',
  percent: 100,
  mirrorServesLive: false
}

test('what is to be hidden is neither in the table nor in pairs, JSON, HTML or JUnit; what is beside it is', async () => {
  const budget = new BodyBudget()
  const restrictions: string[] = []
  const fields = new FieldsTally({ ignored, redactor, withExamples: true, baseline: false, restrictions, budget })
  const window = { opened: -60_000, backlog: false, follow: true }
  const run = new Run(new PairById(new Roles(false)), () => 1, window, fields)
  for (let index = 0; index < 10; index++) {
    const [live, its] = [response(telling('one')), response(telling('two'))]
    const path = redactor.path(live.request.path)
    const common = { id: `id-${index}`, path, at: index * 100, line: `GET ${path} 200` }
    run.take(liveRecord({ ...common, response: live }), common.at)
    run.take(copy({ ...common, response: its }), common.at)
  }
  run.close(120_000)
  const counted = run.end(120_000)
  const source = { name: 'taps', approximate: false, blindTo: '' }
  const summary = summarise({ ...SUBJECT, source }, run, parseGates('field>1%'))
  const paint = (_: unknown, text: string): string => text
  const [table, lines, json, report, junit] = [
    renderTable(summary, { paint, width: 200 }),
    counted.map(mismatchLine).join('\n'),
    [...counted.map(pairJson), summaryJson(summary)].join('\n'),
    renderReport(summary, new Date(0)),
    renderJunit(summary)
  ]
  for (const view of [table, lines, json, report, junit]) expect(view).not.toContain('secret')
  for (const view of [table, json, report]) expect(view).toContain('/login?token=(redacted)&')
  for (const view of [json, report]) expect(view).toMatch(/\/next\?a=two&(amp;)?token=\(redacted\)&(amp;)?b=1/)
  for (const view of [table, lines, json, report, junit]) expect(view).toMatch(/\$\.user\.name|header x-api-key/)
})

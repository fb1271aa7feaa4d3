import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { BodyBudget } from '../../../../../plugin/compare/tap/body-budget.ts'
import { FieldsTally } from '../../../../../plugin/compare/statistics/field-tally.ts'
import { Redactor } from '../../../../../plugin/compare/responses/redact.ts'
import { readTrace } from '../../../../../plugin/compare/tap/trace.ts'
import { PairById } from '../../../../../plugin/compare/pairing/pair.ts'
import { Roles } from '../../../../../plugin/compare/pairing/role.ts'
import { Run } from '../../../../../plugin/compare/statistics/run.ts'
import { copy, liveRecord } from '../build.ts'

setFlagsFromString('--expose_gc')
const collect = runInNewContext('gc') as () => void

function trace(number: number, body: string): Buffer {
  const header = (key: string, value: string) => ({ key, value, raw_value: '' })
  const request = [
    header(':method', 'GET'),
    header(':path', `/items/${number}`),
    header('x-forwarded-client-cert', 'x'.repeat(300))
  ]
  const response = { headers: [header(':status', '200')], body: { as_bytes: Buffer.from(body).toString('base64') } }
  return Buffer.from(JSON.stringify({ http_buffered_trace: { request: { headers: request }, response } }))
}

test('what was compared is forgotten: after 4,000 pairs as after 12,000, at 200 a second, some without a copy', () => {
  const budget = new BodyBudget()
  const ignored = { field: () => false, header: () => false }
  const fields = new FieldsTally({
    ignored,
    redactor: new Redactor([]),
    withExamples: false,
    baseline: false,
    restrictions: [],
    budget
  })
  const run = new Run(
    new PairById(new Roles(false)),
    () => 1,
    { opened: -60_000, backlog: false, follow: true },
    fields
  )
  const held: number[] = []
  for (let number = 0; number < 12_000; number++) {
    const now = number * 5
    const common = { id: `id-${number}`, path: `/items/${number}`, at: now }
    for (const make of number % 50 === 0 ? [liveRecord] : [liveRecord, copy]) {
      const { response } = readTrace(trace(number, `{"a": ${Math.random()}, "text": "${'x'.repeat(2000)}"}`), now)!
      budget.hold(response, now)
      run.take(make({ ...common, response }), now)
    }
    if (number % 50 === 0) run.tick(now)
    if (number % 4000 === 3999) {
      collect()
      const { heapUsed, external } = process.memoryUsage()
      held.push((heapUsed + external) / 1e6)
    }
  }
  expect(held[2]! - held[0]!, held.join()).toBeLessThan(20)
})

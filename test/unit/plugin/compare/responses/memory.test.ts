import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { readTrace } from '../../../../../plugin/compare/tap/trace.ts'
import { copy, liveRecord, runOfResponses } from '../build.ts'

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
  const { run, budget } = runOfResponses()
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

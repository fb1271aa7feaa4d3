// What check --probe makes of what the caller's HTTP client and the logs say.
import { expect, test } from 'vitest'
import { describeArrivals, type Traces } from '../../../../plugin/check/arrival.ts'
import { sendProbe } from '../../../../plugin/check/send-probe.ts'
import type { Executed } from '../../../../plugin/resources/exec.ts'

const REQUEST = { url: 'http://httpbin/', method: 'GET', headers: [], times: 3, marker: 'marker', from: 'sleep' }

/** Answers of curl and of wget, the last one for ever. */
function client(answers: { curl: readonly Executed[]; wget?: Executed }) {
  const asked: (readonly string[])[] = []
  const curl = [...answers.curl]
  const execute = (command: readonly string[]) => {
    asked.push(command)
    const answer = command[0] === 'curl' ? (curl.length > 1 ? curl.shift() : curl[0]) : answers.wget
    return Promise.resolve(answer ?? { code: 126, stdout: '', stderr: `${command[0]}: not found` })
  }
  return { asked, execute }
}

const ANSWERED = { code: 0, stdout: '200\n', stderr: '' }
const REFUSED = { code: 7, stdout: '000\n', stderr: 'curl: (7) Failed to connect to httpbin' }

test('a response is printed with its status', async () => {
  const { execute } = client({ curl: [ANSWERED] })
  expect(await sendProbe(REQUEST, execute)).toEqual({
    outcome: 'ok',
    name: 'probe',
    detail: 'GET http://httpbin/ from sleep, 3 times: response 200'
  })
})

test('000 is no answer', async () => {
  const { asked, execute } = client({ curl: [REFUSED] })
  expect(await sendProbe(REQUEST, execute)).toEqual({
    outcome: 'failed',
    name: 'probe',
    detail: 'GET http://httpbin/ from sleep got no response: curl: (7) Failed to connect to httpbin'
  })
  expect(asked).toHaveLength(1)
})

test('responses that stop are a warning with the reason', async () => {
  const { execute } = client({ curl: [ANSWERED, REFUSED] })
  const { outcome, detail } = await sendProbe(REQUEST, execute)
  expect(outcome).toBe('warning')
  expect(detail).toContain(', 1 of 3 times: response 200; then none: curl: (7) ')
})

test('wget takes over where there is no curl', async () => {
  const { asked, execute } = client({ curl: [], wget: { code: 0, stdout: '', stderr: '' } })
  expect((await sendProbe(REQUEST, execute)).outcome).toBe('ok')
  expect(asked.map(([program]) => program)).toEqual(['curl', 'wget', 'wget', 'wget'])
  const { remedy } = await sendProbe(REQUEST, client({ curl: [] }).execute)
  expect(remedy).toMatch(/^the container needs curl or wget/)
})

test('a HEAD does not wait for a body', async () => {
  const { asked, execute } = client({ curl: [ANSWERED] })
  await sendProbe({ ...REQUEST, method: 'HEAD', times: 1 }, execute)
  expect(asked[0]).toContain('-I')
  expect(asked[0]).not.toContain('-X')
})

const SEEN: Traces = { seen: ['pod/app'], logging: 1 }
const OTHER_LINES: Traces = { seen: [], logging: 1 }
const SILENT: Traces = { seen: [], logging: 0 }

test.for<[string, Traces, Traces, string[]]>([
  ['both are seen', SEEN, SEEN, ['ok', 'ok']],
  ['the copy alone is missed', SEEN, OTHER_LINES, ['ok', 'failed']],
  ['logs without user agents prove nothing', OTHER_LINES, OTHER_LINES, ['unknown', 'unknown']],
  ['a mirror without logs proves nothing', SEEN, SILENT, ['ok', 'unknown']],
  ['the copy alone is seen', OTHER_LINES, SEEN, ['unknown', 'ok']]
])('%s', ([, live, mirror, expected]) => {
  const links = describeArrivals(
    [
      { version: { role: 'live', label: 'v1' }, traces: live },
      { version: { role: 'mirror', label: 'v2' }, traces: mirror }
    ],
    'compare'
  )
  expect(links.map(({ outcome }) => outcome)).toEqual(expected)
})

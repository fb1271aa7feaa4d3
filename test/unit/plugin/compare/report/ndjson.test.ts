import { expect, test } from 'vitest'
import { mismatchLine, pairJson } from '../../../../../plugin/compare/report/ndjson.ts'
import { copy, liveRecord } from '../build.ts'

const IDS = ['6f9619ff-8b86-9011-b42d-00c04fc964ff', '6f9619ff-8b86-4011-b42d-00c04fc964ff'] as const

function counted(path = '/get') {
  const id = '6f9619ff-8b86-x011-b42d-00c04fc964ff'
  const live = liveRecord({ id, requestId: IDS[0], path })
  const pair = { kind: 'pair', live, copy: copy({ id, requestId: IDS[1], path, status: 500 }), attempts: 1, since: 0 }
  return { endpoint: 'GET /get', match: pair as typeof pair & { kind: 'pair' } }
}

test('gives the request id as it was written down, of each side its own', () => {
  expect(mismatchLine(counted())).toContain(IDS[0])
  expect(JSON.parse(pairJson(counted()))).toMatchObject({ id: IDS[0], live: { id: IDS[0] }, copy: { id: IDS[1] } })
})

test('prints nothing that a terminal would obey, and the same JSON', () => {
  const path = '/\u001B[31m\u202E\u009B2J\u2028'
  for (const text of [mismatchLine(counted(path))!, pairJson(counted(path))]) {
    expect(text).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028]/u)
  }
  expect((JSON.parse(pairJson(counted(path))) as { path: string }).path).toBe(path)
})

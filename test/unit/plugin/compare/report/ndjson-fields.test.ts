import { describe, expect, test } from 'vitest'
import { mismatchLine, pairJson } from '../../../../../plugin/compare/report/ndjson.ts'
import type { Counted } from '../../../../../plugin/compare/statistics/run.ts'
import { stripControls } from '../../../../../plugin/io/sanitize.ts'
import { copy, liveRecord } from '../build.ts'

function counted(differing?: Counted['differing']): Counted {
  const match = { kind: 'pair', live: liveRecord(), copy: copy(), attempts: 1, since: 0 } as const
  return { endpoint: 'GET /get', match, ...(differing && { differing }) }
}

describe('a pair of one status and one size', () => {
  test('is told if a field differs', () => {
    const line = mismatchLine(
      counted([
        { field: '$.price', kind: 'value' },
        { field: 'header etag', kind: 'missing' }
      ])
    )
    expect(line).toContain('GET /get   $.price other value, header etag missing, 10 ms 0   id-1')
  })

  test('obeys no terminal, whatever a caller gave as its id', () => {
    const match = { kind: 'missing', live: liveRecord({ id: 'a\u001B[2Jb\u009B1m' }), attempts: 1, since: 0 } as const
    const line = mismatchLine({ endpoint: 'GET /get', match })!
    expect(line).toBe(stripControls(line))
  })

  test('is not told if none does', () => {
    expect(mismatchLine(counted([]))).toBeUndefined()
    expect(mismatchLine(counted())).toBeUndefined()
  })

  test('has few of its fields on a line, and all of them in JSON', () => {
    const fields = Array.from({ length: 20 }, (_, index) => ({ field: `$.a${index}`, kind: 'value' as const }))
    expect(mismatchLine(counted(fields))).toContain('$.a7 other value, and 12 more fields, 10 ms')
    expect(JSON.parse(pairJson(counted(fields)))).toMatchObject({ kind: 'pair', differing: fields })
  })

  test('has no fields in JSON where whole answers were not compared', () => {
    expect(JSON.parse(pairJson(counted()))).not.toHaveProperty('differing')
  })
})

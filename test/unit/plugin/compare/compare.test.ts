import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { compare } from '../../../../plugin/compare/compare.ts'
import type { CompareFlags } from '../../../../plugin/compare/flags.ts'

/** No cluster is asked: what is wrong is found before. */
function run(flags: CompareFlags): Promise<number> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const { signal } = new AbortController()
  return compare('httpbin', flags, { stdin, stdout, stderr, env: {}, signal, now: () => new Date(0) })
}

test.each<[string, CompareFlags, string]>([
  [
    'field without responses',
    { failOn: 'field>1%' },
    '--fail-on: field: access logs show no headers and no bodies; kubectl mirror diff'
  ],
  ['JUnit of nothing', { junit: 'a.xml' }, '--junit: there is nothing to report without --fail-on'],
  ['a report in the place of a folder', { html: '/' }, '--html: / is a folder: name a file in it'],
  ['a report in no folder', { html: '/none/at/all.html' }, '--html: cannot write to /none/at'],
  ['no time, and nothing from before', { for: '0s' }, '--for=0s compares nothing without --since']
])('%s is refused before the run, not found out after it', async (_, flags, problem) => {
  await expect(run(flags)).rejects.toThrow(problem)
})

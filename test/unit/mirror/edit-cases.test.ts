// Runs the table of cases against the pure edit.
import { expect, test } from 'vitest'
import jsonPatch from 'fast-json-patch'
import { edit } from '../../../mirror/edit.ts'
import { patchBetween } from '../../../mirror/patch.ts'
import { strip } from '../../../mirror/strip.ts'
import { loadCases } from '../../cases/load.ts'

test.for(loadCases())('$file: $name', ({ object, old, now, expected, problems, warnings, skips }) => {
  const { base, result, plan, ...found } = edit(object, now, old)
  expect(result).toEqual(expected)
  expect(found.problems.map(({ code }) => code)).toEqual(problems)
  expect(found.warnings.map(({ code }) => code)).toEqual(warnings)
  const skipped = (plan?.rules ?? []).flatMap((rule) => (rule.outcome === 'skipped' ? [rule] : []))
  expect(Object.fromEntries(skipped.map(({ path, reason }) => [path, reason.code]))).toEqual(skips)

  const patched = jsonPatch.applyPatch(structuredClone(object), patchBetween(object, result), true).newDocument
  expect(patched, 'the patch gives the result').toEqual(expected)
  expect(edit(result, now).result, 'a second admission changes nothing').toEqual(result)
  expect(strip(result, old), 'and the base comes back').toEqual(base)
})

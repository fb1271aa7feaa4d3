// Runs the table of cases against `kubectl mirror render`: what it prints must be the expected object.
import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { renderStream } from '../../plugin/render.ts'
import { loadCases } from '../cases/load.ts'

// A manifest has no stored state beside it.
const cases = loadCases().filter(({ old }) => old === undefined)

test.for(cases)('$file: $name', ({ object, now, expected, problems, warnings }) => {
  const text = stringify(object)
  const rendered = renderStream('case.yaml', text, now)
  expect(rendered.edits.flatMap((edit) => edit.problems.map(({ code }) => code))).toEqual(problems)
  expect(rendered.edits.flatMap((edit) => edit.warnings.map(({ code }) => code))).toEqual(warnings)
  expect(rendered.problems).toHaveLength(problems.length)
  expect(rendered.texts).toHaveLength(1)
  expect(parse(rendered.texts[0]!)).toEqual(expected)

  const again = renderStream('case.yaml', rendered.texts[0]!, now)
  expect(again.texts, 'a second rendering changes nothing').toEqual(rendered.texts)
})

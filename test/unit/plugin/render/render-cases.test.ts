// Runs the table of cases against `kubectl mirror render`: what it prints must be the expected object.
import { expect, test } from 'vitest'
import { parseAllDocuments, stringify } from 'yaml'
import { edit } from '../../../../mirror/edit.ts'
import { loadCases } from '../../../cases/load.ts'
import { render } from './render-text.ts'

// A manifest has no stored state beside it.
const cases = loadCases().filter(({ old }) => old === undefined)

/** A limit is made from the rule of its version, which must be among the manifests. */
const RULES = ['httpbin', 'shadow'].map((host) => {
  const subsets = ['v1', 'v2'].map((name) => ({ name, labels: { version: name } }))
  return stringify({
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: host },
    spec: { host, subsets }
  })
})

test.for(cases)('$file: $name', ({ object, now, expected, problems, warnings }) => {
  const isLimited = object.metadata.annotations?.['kubectl-mirror.dev/limit'] !== undefined
  const text = [stringify(object), ...(isLimited ? RULES : [])].join('---\n')
  const rendered = render(text, now)
  const planned = edit(object, now)
  expect(planned.problems.map(({ code }) => code)).toEqual(problems)
  expect(planned.warnings.map(({ code }) => code)).toEqual(warnings)
  for (const [index, { message }] of planned.problems.entries()) expect(rendered.problems[index]).toContain(message)
  for (const [index, { message }] of planned.warnings.entries()) expect(rendered.warnings[index]).toContain(message)
  expect(rendered.problems).toHaveLength(problems.length)
  expect(rendered.warnings).toHaveLength(warnings.length)
  if (problems.length > 0) return
  expect(parseAllDocuments(rendered.text)[0]?.toJS()).toEqual(expected)
  expect(render(rendered.text, now).text, 'a second rendering changes nothing').toBe(rendered.text)
})

// Formats that -o takes and refuses, in kubectl's words.
import { expect, test } from 'vitest'
import { checkFormat } from '../../../../plugin/io/output.ts'

const ALLOWED = ['json', 'yaml', 'jsonpath']

test.for([undefined, 'json', 'yaml', 'jsonpath={.a}', 'jsonpath={.a=="b"}'])('takes %s', (format) => {
  expect(() => checkFormat(format, ALLOWED)).not.toThrow()
})

test.for([
  ['jsonpath', 'template format specified but no template given'],
  ['jsonpath=', 'template format specified but no template given'],
  ['json=x', 'unable to match a printer suitable for the output format "json=x"'],
  ['name', 'allowed formats are: json,yaml,jsonpath=...']
] as const)('refuses %s', ([format, why]) => {
  expect(() => checkFormat(format, ALLOWED)).toThrow(why)
})

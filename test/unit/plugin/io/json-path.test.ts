// kubectl's jsonpath templates.
import { expect, test } from 'vitest'
import { renderJsonPath } from '../../../../plugin/io/json-path.ts'

const LIST = {
  items: [
    { name: 'a', to: ['v2'], state: 'Active' },
    { name: 'b', to: ['v3', 'v4'], state: 'Drifted', annotations: { 'kubectl-mirror.dev/to': 'v3,v4', 'a.b': 1 } }
  ]
}

test.for([
  ['{.items[0].name}', 'a'],
  ['{.items[*].name}', 'a b'],
  ['{$.items[*].name}', 'a b'],
  ['{.items[0].to}', '["v2"]'],
  ['{.items[?(@.state=="Drifted")].name}', 'b'],
  ['x {.items[0].name}{"\\n"}y', 'x a\ny'],
  ['{range .items[*]}{.name}={.to[*]}{"\\t"}{end}!', 'a=v2\tb=v3 v4\t!'],
  ['{range .items[*]}{range .to[*]}{@},{end};{end}', 'v2,;v3,v4,;'],
  ['{range .none[*]}{.name}{end}-', '-'],
  ['{.none}', ''],
  ['{.items[1].annotations.kubectl-mirror\\.dev/to}', 'v3,v4'],
  ['{.items[*].annotations.a\\.b}', '1'],
  ['{..a\\.b}', '1'],
  ["{.items[1].annotations['kubectl-mirror.dev/to']}", 'v3,v4'],
  ['{.items[-1].name}', 'b'],
  ['{.items[-2].name}', 'a'],
  ['{.items[-1:].to[-1]}', 'v4'],
  ['{.items[?(@.name=="b")].annotations.a\\.b}', '1']
] as const)('%s', ([template, expected]) => {
  expect(renderJsonPath(template, LIST)).toBe(expected)
})

test.for(['{.items', '{range .items[*]}{.name}', '{end}', 'a}b'])('refuses %s', (template) => {
  expect(() => renderJsonPath(template, LIST)).toThrow('error parsing jsonpath')
})

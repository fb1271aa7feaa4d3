// Where an edit is made, in every form a manifest can have: byte for byte what is added, and nothing else.
import { expect, test } from 'vitest'
import { render } from '../render-text.ts'

const object = (annotations: string, http: string, end = '') =>
  `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: web, annotations: ${annotations}}\nspec:\n  hosts: [web]\n  http:${http}${end}`
const TO = '{kubectl-mirror.dev/to: v2}'
const ROUTE = 'route: [{destination: {host: web, subset: v1}}]'

/** What a line is replaced by. */
test.for<[name: string, before: string, after: string]>([
  [
    'a flow rule',
    object(TO, ` [{${ROUTE}}]`),
    object(
      '{kubectl-mirror.dev/to: v2, kubectl-mirror.dev/injected: web/v2=100}',
      ` [{${ROUTE}, mirror: {host: web, subset: v2}, mirrorPercentage: {value: 100}}]`
    )
  ],
  [
    'a block scalar at the end that keeps its breaks',
    object(TO, `\n  - ${ROUTE}\n    x: |+\n      a\n\n`),
    object(
      '{kubectl-mirror.dev/to: v2, kubectl-mirror.dev/injected: web/v2=100}',
      `\n  - ${ROUTE}\n    x: |+\n      a\n\n    mirror:\n      host: web\n      subset: v2\n    mirrorPercentage:\n      value: 100\n`
    )
  ],
  [
    'a block scalar at the end without a last line break',
    object(TO, `\n  - ${ROUTE}\n    x: >-\n      a`),
    object(
      '{kubectl-mirror.dev/to: v2, kubectl-mirror.dev/injected: web/v2=100}',
      `\n  - ${ROUTE}\n    x: >-\n      a\n    mirror:\n      host: web\n      subset: v2\n    mirrorPercentage:\n      value: 100`
    )
  ],
  [
    'an empty mirror is filled',
    object(TO, `\n  - mirror: # none yet\n    ${ROUTE}\n`),
    object(
      '{kubectl-mirror.dev/to: v2, kubectl-mirror.dev/injected: web/v2=100}',
      `\n  - mirror:\n      host: web\n      subset: v2 # none yet\n    ${ROUTE}\n    mirrorPercentage:\n      value: 100\n`
    )
  ],
  [
    'what was ours goes, first in its rule, in between and last',
    object(
      '{kubectl-mirror.dev/injected: web/v2=100, a: b}',
      `\n  - mirror: {host: web, subset: v2}\n    # the rest\n    ${ROUTE}\n  - ${ROUTE}\n    mirror:\n      host: web\n      subset: v2\n    timeout: 5s # five\n  - ${ROUTE}\n    mirrors:\n    - destination: {host: lake} # stays\n    - destination: {host: web, subset: v2}\n`
    ),
    object(
      '{a: b}',
      `\n  - # the rest\n    ${ROUTE}\n  - ${ROUTE}\n    timeout: 5s # five\n  - ${ROUTE}\n    mirrors:\n    - destination: {host: lake} # stays\n`
    )
  ],
  [
    'flow parts that were ours go with their commas',
    object(
      '{kubectl-mirror.dev/injected: web/v2=100}',
      ` [ {mirror: {host: web, subset: v2}, mirrorPercentage: {value: 100}, ${ROUTE}}, {${ROUTE}, mirrors: [{destination: {host: web, subset: v2}}, {destination: {host: lake}}]} ]`
    ),
    `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: web}\nspec:\n  hosts: [web]\n  http: [ {${ROUTE}}, {${ROUTE}, mirrors: [{destination: {host: lake}}]} ]`
  ]
])('%s', ([, before, after]) => {
  const { text, problems } = render(before)
  expect(problems).toEqual([])
  expect(text).toBe(after)
})

test('a record that alone is left takes its map along', () => {
  const typed = `kind: VirtualService\napiVersion: networking.istio.io/v1\nmetadata:\n  annotations:\n    kubectl-mirror.dev/injected: web/v2=100\nspec:\n  http:\n  - ${ROUTE}\n`
  expect(render(typed).text).toBe(
    `kind: VirtualService\napiVersion: networking.istio.io/v1\nmetadata:\n  {}\nspec:\n  http:\n  - ${ROUTE}\n`
  )
})

test.for<[name: string, typed: string, sentence: RegExp]>([
  ['a merge that overrides what stands above it', 'b: &b {x: 1}\nc: {x: 2, <<: *b}\n', /^$/],
  ['an alias as a name', 'b: &b x\nc: {*b : 1}\n', /^$/],
  ['what follows the end of a document', '...\nkind: A\n', /a\.yaml:\d+: kubectl ignores what follows "\.\.\."/],
  ['what stands behind the end of a document', '... kind: A\n', /a\.yaml:\d+: kubectl ignores what follows "\.\.\."/],
  ['the end of a document', '... # done\n\n', /^$/],
  ['a directive behind it, which kubectl does not read', '...\n%YAML 1.2\n---\nkind: A\n', /^$/],
  [
    'a directive of the next document',
    '---\n# head\n\n  %TAG ! tag:x,2000:\n---\nkind: A\n',
    /^a\.yaml:\d+: kubectl accepts no directive such as %TAG ! tag:x,2000:; remove this line$/
  ]
])('%s', ([, more, sentence]) => {
  const typed = `${object(TO, ` [{${ROUTE}}]`, '\n')}${more}`
  expect(render(typed).problems.join('\n')).toMatch(sentence)
})

test('a directive is refused, also where nothing is mirrored', () => {
  expect(render('kind: "{{ .kind }}"\n---\n# head\n%YAML 1.1\n---\nkind: A\n').problems).toEqual([
    'a.yaml:4: kubectl accepts no directive such as %YAML 1.1; remove this line'
  ])
})

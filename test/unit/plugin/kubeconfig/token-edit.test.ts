// Refreshed tokens in every style of YAML: nothing else changes, and the lines of others stay as they were.
import { expect, test } from 'vitest'
import { expand, parseYaml } from '../../../../plugin/kubeconfig/kubeconfig-file.ts'
import { withTokens } from '../../../../plugin/kubeconfig/token-edit.ts'

const inBlock = (config: string) => `# mine
apiVersion: v1
users:
- name: other
  user: {token: 'kept'}
- name: me # who
  user:
    auth-provider:
      name: oidc
      config:
        client-id: x
${config}
# the end
`
const inFlow = (config: string, before = '') =>
  `# mine\n${before}users: [{name: me, user: {auth-provider: {name: oidc, config: ${config}}}}, {name: other, user: {token: kept}}]\n`

/** [style, file, lines that change] */
const STYLES: readonly [string, string, number][] = [
  ['plain', inBlock('        id-token: old\n        refresh-token: stale # why'), 2],
  ['in double quotes', inBlock('        id-token: "old"\n        refresh-token: "stale"'), 2],
  ['in single quotes', inBlock("        id-token: 'old'\n        refresh-token: 'stale'"), 2],
  [
    'folded and literal blocks',
    inBlock('        id-token: >-\n          ol\n          d\n        refresh-token: |\n          stale'),
    5
  ],
  [
    'a block that keeps its ends',
    inBlock('        id-token: |+\n          old\n\n\n        refresh-token: |2-\n          stale'),
    4
  ],
  ['over several lines', inBlock('        id-token: ol\n          d\n        refresh-token: "sta\\\n          le"'), 4],
  ['null', inBlock('        id-token: ~\n        refresh-token: null'), 2],
  ['tagged and anchored', inBlock('        id-token: !!str old\n        refresh-token: &r stale'), 2],
  [
    'with keys of their own line',
    inBlock('        ? id-token\n        : old\n        ? refresh-token\n        : stale'),
    2
  ],
  [
    'doubled, of which the last counts',
    inBlock('        id-token: a\n        id-token: b\n        refresh-token: stale'),
    2
  ],
  ['in a flow', inFlow('{id-token: old, refresh-token: stale}'), 1],
  [
    'in JSON',
    JSON.stringify({
      users: [{ name: 'me', user: { 'auth-provider': { config: { 'id-token': 'old', 'refresh-token': '' } } } }]
    }),
    1
  ],
  [
    'after a marker, before another document',
    `---\n${inBlock('        id-token: old\n        refresh-token: stale')}---\nother: {}\n`,
    2
  ],
  [
    'with CRLF',
    inBlock('        id-token: >-\n          old\n        refresh-token: stale').replaceAll('\n', '\r\n'),
    3
  ]
]

/** Whose file is laid out anew: nothing is lost but form, and comments where anchors stand in the way. */
const LAID_OUT: readonly [string, string][] = [
  ['absent', inBlock('        idp-issuer-url: y')],
  ['empty', inBlock('        id-token:\n        refresh-token: # none')],
  ['an alias', inFlow('{id-token: *t, refresh-token: *t}', 'x: &t old\n')],
  ['an anchor that others use', inFlow('{id-token: &t old, refresh-token: *t, client-secret: *t}')],
  ['merged', inFlow('{<<: *b}', 'x: &b {id-token: old, client-id: x}\n')],
  ['merged from behind', inFlow('{id-token: other, <<: *b}', 'x: &b {id-token: old, client-id: x}\n')],
  ['without a config', 'users: [{name: me, user: {auth-provider: {name: oidc}}}]\n'],
  [
    'a provider that two users share',
    'users:\n- name: me\n  user: {auth-provider: &p {config: {id-token: old}}}\n- name: other\n  user: {auth-provider: *p}\n'
  ]
]

const TOKENS: readonly Readonly<Record<string, string>>[] = [
  { 'id-token': 'eyJh.b-_=', 'refresh-token': 'r2' },
  { 'id-token': '12345', 'refresh-token': 'we\'ird: #"x\\ \u2028\u00FC', 'client-secret': 'yes' }
]

test.for(STYLES)('tokens are replaced where they stand: %s', ([, file, lines]) => {
  const [{ 'id-token': idToken = '', 'refresh-token': refreshToken = '' } = {}] = TOKENS
  const changed = withTokens(file, 'me', { 'id-token': idToken, 'refresh-token': refreshToken })
  expect(view(changed)).toEqual(planned(file, { 'id-token': idToken, 'refresh-token': refreshToken }))
  const kept = new Set(changed.split('\n'))
  expect(file.split('\n').filter((line) => !kept.has(line))).toHaveLength(lines)
})

test.for([...STYLES.map(([what, file]) => [what, file] as const), ...LAID_OUT])(
  'a file with tokens that are %s keeps all else, whatever the new ones look like',
  ([, file]) => {
    for (const tokens of TOKENS) expect(view(withTokens(file, 'me', tokens))).toEqual(planned(file, tokens))
  }
)

test('a file without our user stays as it is', () => {
  expect(withTokens('users: []\n', 'me', { 'id-token': 'x' })).toBe('users: []\n')
})

test('what another resolution of numbers would change is refused', () => {
  const file = `${inFlow('{id-token: &t old, refresh-token: *t}')}extensions: [{name: x, extension: {time: 22:30}}]\n`
  expect(() => withTokens(file, 'me', { 'id-token': 'x' })).toThrow(/cannot be written/)
})

const view = (text: string): unknown => expand(parseYaml(text))

function planned(file: string, tokens: Readonly<Record<string, string>>): unknown {
  const content = view(file) as { users: { name: string; user: { 'auth-provider'?: { config?: object } } }[] }
  const provider = content.users.find(({ name }) => name === 'me')?.user['auth-provider']
  if (provider) provider.config = { ...provider.config, ...tokens }
  return content
}

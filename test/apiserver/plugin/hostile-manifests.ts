// Manifests that are hostile, or only too large.

const HEAD =
  'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: web\n  annotations:\n    kubectl-mirror.dev/to: v2\n'
const RULE = '  - route: [{destination: {host: web, subset: v1}}]\n'
const SPEC = `spec:\n  hosts: [web]\n  http:\n${RULE}`
const OBJECT = `${HEAD}${SPEC}`

const LIMITED = OBJECT.replace('to: v2', 'to: v2\n    kubectl-mirror.dev/limit: "8"')
const VERSIONS =
  'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: web}\nspec: {host: web, subsets: [{name: v2, labels: {version: v2}}]}\n'
const PAIR = `${LIMITED}---\n${VERSIONS}---\n`

export const HOSTILE: Readonly<Record<string, () => string>> = {
  'aliases of aliases': () =>
    `${OBJECT}${lines(30, (i) => `a${i}: &a${i} [${i === 0 ? 'x' : `*a${i - 1}, *a${i - 1}, *a${i - 1}`}]`)}`,
  'merges of merges': () =>
    `${OBJECT}${lines(30, (i) => `m${i}: &m${i} {k${i}: 1${i === 0 ? '' : `, <<: [*m${i - 1}, *m${i - 1}, *m${i - 1}]`}}`)}`,
  'one rule, 20,000 aliases of it': () =>
    `${HEAD}spec:\n  http:\n  - &r\n    route: [{destination: {host: web}}]\n${lines(20_000, () => '  - *r')}`,
  '2,000 merges of one rule': () =>
    `${HEAD}spec:\n  http:\n  - &r\n    name: r\n    route: [{destination: {host: web}}]\n${lines(2000, (i) => `  - <<: *r\n    name: r${i}`)}`,
  'brackets, 100,000 deep': () => `${OBJECT}deep: ${'['.repeat(100_000)}${']'.repeat(100_000)}\n`,
  'brackets as names': () => `${OBJECT}${'[{'.repeat(50)}a${'}]'.repeat(50)}: b\n`,
  'dashes, 50,000 deep': () => `${OBJECT}deep:\n  ${'- '.repeat(50_000)}x\n`,
  'maps, 2,000 deep': () => `${OBJECT}${lines(2000, (i) => `${' '.repeat(i)}a:`)}`,
  'a million empty items': () => `${OBJECT}list:\n${'- \n'.repeat(1_000_000)}`,
  'a million empty lists': () => `${OBJECT}list: [${'[],'.repeat(1_000_000)}]\n`,
  'lists below their indentation': () => `${OBJECT}${lines(3000, (i) => `a${i}: [\n1\n]`)}`,
  'a scalar of 10 MB': () => `${HEAD}    example.com/long: ${'x'.repeat(10_000_000)}\n${SPEC}`,
  'a quoted scalar of 1,900,000 breaks': () => `${HEAD}    example.com/long: "${'\n      '.repeat(270_000)}"\n${SPEC}`,
  'a number of a million digits': () => `${OBJECT}number: ${'9'.repeat(1_000_000)}\n`,
  'a target of a million letters': () => OBJECT.replace('to: v2', `to: ${'v'.repeat(1_000_000)}`),
  'quotes that never close': () => `${OBJECT}a: ${'"'.repeat(999_999)}\n`,
  'a hundred thousand names in routes': () =>
    OBJECT.replace(
      'to: v2',
      `to: v2\n    kubectl-mirror.dev/routes: ${lines(100_000, (i) => `r${i},`).replaceAll('\n', '')}`
    ),
  '5,000 rules with a filter': () => `${HEAD}    kubectl-mirror.dev/methods: GET\n${SPEC}${RULE.repeat(5000)}`,
  '10,000 objects': () => `${OBJECT}---\n`.repeat(10_000),
  '10,000 objects in a List': () =>
    `apiVersion: v1\nkind: List\nitems:\n${`- ${OBJECT.trimEnd().replaceAll('\n', '\n  ')}\n`.repeat(10_000)}`,
  '10,000 wrong objects': () => `${OBJECT.replace('to: v2', 'to: v2=150')}---\n`.repeat(10_000),
  '5,000 limited mirrors, each with its DestinationRule': () => lines(5000, (i) => PAIR.replaceAll('web', `web-${i}`)),
  '5,000 limited mirrors of one host with 5,000 DestinationRules': () => PAIR.repeat(5000),
  '5,000 limited mirrors, each with a DestinationRule for a pattern': () =>
    lines(5000, (i) =>
      PAIR.replaceAll('web', `web-${i}`).replace(`host: web-${i}, subsets`, `host: "*.s${i}.example.com", subsets`)
    ),
  '150 limited mirrors of one host with 150 DestinationRules': () => PAIR.repeat(150),
  'a limited mirror with 90,000 DestinationRules': () => `${LIMITED}---\n${`${VERSIONS}---\n`.repeat(90_000)}`,
  'a limited mirror with 34,000 small DestinationRules': () =>
    `${PAIR}${`${VERSIONS.replace(/, subsets.*/, '}')}---\n`.repeat(34_000)}`,
  '1,000 limited mirrors with a DestinationRule of 10,000 subsets': () =>
    `${VERSIONS.replace(
      /(?<=subsets: )[^]*/,
      `[${lines(10_000, (i) => `{name: v${i}},`)
        .trim()
        .replaceAll('\n', '\n  ')}]}\n`
    )}${lines(1000, (i) => `---\n${LIMITED.replace('name: web', `name: web-${i}`)}`)}`,
  'a limited mirror with 18,000 DestinationRules': () => `${LIMITED}---\n${`${VERSIONS}---\n`.repeat(18_000)}`,
  'a limited mirror with 18,000 DestinationRules of others': () =>
    `${PAIR}${lines(18_000, (i) => `${VERSIONS.replaceAll('web', `w${i}`)}---`)}`,
  '10,000 templates': () => `${OBJECT.replace('name: web', 'name: {{ .name }}')}---\n`.repeat(10_000),
  '15 MB that do not concern us': () => `kind: ConfigMap\ndata: {a: ${'x'.repeat(1500)}}\n---\n`.repeat(9_500),
  'a million separators': () => `${OBJECT}${'---\n'.repeat(1_000_000)}`,
  '100 MB': () => OBJECT.padEnd(100_000_000, '# x\n'),
  'JSON, 100,000 deep': () => `{"kubectl-mirror.dev/": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  'JSON without an end': () => '{"kubectl-mirror.dev/": '.repeat(200_000),
  'JSON, 100,000 objects': () => '{"a": "kubectl-mirror.dev/"}\n'.repeat(100_000),
  'JSON, one string': () => `{"kubectl-mirror.dev/": "${'\\\\"'.repeat(900_000)}"}`
}

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('')
}

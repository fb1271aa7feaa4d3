// Hostile texts: our annotations, names, regular expressions.
import type { Random } from './random.ts'

export function annotations(random: Random): Record<string, unknown> {
  const wish: Record<string, string> = { 'kubectl-mirror.dev/to': commaList(random, target) }
  const maybe = (key: string, value: () => string): void => {
    if (random.chance(0.25)) wish[`kubectl-mirror.dev/${key}`] = value()
  }
  maybe('methods', () => commaList(random, () => random.pick([...METHODS, 'get', 'M'.repeat(random.few())])))
  maybe('headers', () =>
    commaList(random, () => random.pick(['x', 'X', 'y']) + random.pick(['=v', `~${regex(random)}`, '']))
  )
  maybe('routes', () => commaList(random, () => name(random)))
  maybe('from', () => commaList(random, () => random.pick(SUBSETS)))
  maybe('percent', () => random.pick(['5', '0', '1e2', '100.00001', 'NaN', hostileText(random)]))
  maybe('limit', () => random.pick(['64', '1', '0', '1025', '064', hostileText(random)]))
  maybe('max-body', () => random.pick(['1Mi', '0', '9'.repeat(40), '1Qi', hostileText(random)]))
  maybe('until', () =>
    random.pick(['2999-01-01T00:00:00Z', '2000-01-01T00:00:00Z', '9'.repeat(40), hostileText(random)])
  )
  maybe('baseline', () => random.pick(['2999-01-01T00:00:00Z', hostileText(random)]))
  maybe('injected', () =>
    commaList(random, () => random.pick(['web/v2=100', 'web:80/v1', 'foo/bar', hostileText(random)]))
  )
  maybe(hostileText(random), () => hostileText(random))
  if (random.chance(0.1)) wish[hostileText(random)] = hostileText(random)
  return wish
}

function target(random: Random): string {
  return random.pick([
    'v2',
    'v2',
    'v2',
    'v3=5',
    'shadow/',
    'shadow.prod.svc.cluster.local:80/v2=0.0001',
    hostileText(random)
  ])
}

export function name(random: Random): string {
  return random.pick(['main', 'api', 'constructor', '__proto__', 'a/b~c', hostileText(random)])
}

export const METHODS = ['GET', 'HEAD', 'POST']
export const SUBSETS = ['v1', 'v1', 'v2', 'v3', 'V1']

function commaList(random: Random, item: (random: Random) => string): string {
  return Array.from({ length: random.few() + 1 }, () => item(random)).join(',')
}

const ATOMS = [
  'a',
  '.',
  '\\d',
  '\\pL',
  '[a-z]',
  '[^a]',
  '(?i)',
  '\\x{10ffff}',
  '[\\x{100}-\\x{10ffff}]',
  '\\Q',
  '(',
  ')',
  '|',
  '['
]
const REPETITIONS = ['', '', '*', '+', '?', '{1000}', '{0,1000}', '{30}', '{2,}', '{', '**']

export function regex(random: Random): string {
  const parts = Array.from({ length: random.few() + 1 }, () => random.pick(ATOMS) + random.pick(REPETITIONS)).join('')
  return random.chance(0.4) ? `(${parts})${random.pick(REPETITIONS)}` : parts
}

const CHARACTERS = [
  '~',
  '/',
  '~1',
  '"',
  '\\',
  ',',
  '=',
  '\u0000',
  '\ud800',
  '\udfff',
  '\u2028',
  '<',
  '😀',
  ' ',
  '\n',
  '%',
  '{path}',
  '$&'
]

export function hostileText(random: Random): string {
  const text = random.pick([...CHARACTERS, '__proto__', 'constructor', 'toString', '', 'x'])
  return random.chance(0.1) ? text.repeat(random.few() * 50) : text
}

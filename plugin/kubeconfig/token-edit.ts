// Puts refreshed tokens into the text of a kubeconfig file, whatever style of YAML it is written in. Knows no file.
import { isDeepStrictEqual } from 'node:util'
import { isAlias, isMap, isScalar, isSeq, parseDocument, Scalar, stringify, type Document, type YAMLMap } from 'yaml'
import { expand, parseYaml } from './kubeconfig-file.ts'

type Tokens = Readonly<Record<string, string>>

/**
 * Where the tokens stand already, no other character is touched. Else the file is laid out anew: with its comments, or, where
 * anchors stand in the way, without. What is returned was read back as kubectl reads it: all is as before but the tokens.
 */
export function withTokens(text: string, user: string, tokens: Tokens): string {
  const wanted = expand(parseYaml(text))
  if (!setTokens(wanted, user, tokens)) return text
  for (const attempt of [inPlace, keepingComments, flattened]) {
    const changed = attempt(text, user, tokens)
    if (changed !== undefined && isDeepStrictEqual(read(changed), wanted)) return changed
  }
  throw new Error('they cannot be written into it without changing more than the tokens')
}

function read(text: string): unknown {
  try {
    return expand(parseYaml(text))
  } catch {
    return undefined
  }
}

/** Whether the file has the user. */
function setTokens(content: unknown, user: string, tokens: Tokens): boolean {
  const { users } = (content ?? {}) as { users?: { name?: string; user?: { 'auth-provider'?: { config?: object } } }[] }
  const provider = users?.find(({ name }) => name === user)?.user?.['auth-provider']
  if (!provider) return false
  provider.config = { ...provider.config, ...tokens }
  return true
}

function inPlace(text: string, user: string, tokens: Tokens): string | undefined {
  const config = findConfig(parseDocument(text, OPTIONS), user)
  const edits = Object.entries(tokens).map(([key, token]) => {
    // Of doubled keys the last counts.
    const value = config?.items.findLast((pair) => isScalar(pair.key) && pair.key.value === key)?.value
    if (!isScalar(value) || !value.range) return undefined
    const [start, end] = value.range
    return { start, end, token: written(token, value, text.slice(start, end)) }
  })
  if (!edits.every((edit) => edit !== undefined)) return undefined
  // From the last to the first, so that the places stay where they are.
  return edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((all, { start, end, token }) => all.slice(0, start) + token + all.slice(end), text)
}

/** Of the same style as what it replaces, if that can hold it. */
function written(token: string, { type }: Scalar, replaced: string): string {
  // To YAML 1.1 these are line ends, and would be folded.
  const quoted = JSON.stringify(token).replace(
    /[\u0085\u2028\u2029]/g,
    (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
  if (replaced === '') return ` ${quoted}`
  if (type === Scalar.PLAIN && /^[\w.~+/=-]+$/.test(token) && parseYaml(token) === token) return token
  if (type === Scalar.QUOTE_SINGLE && /^[\x20-\x7e]*$/.test(token)) return `'${token.replaceAll("'", "''")}'`
  // A block ends with its last line's end.
  return quoted + (/\r?\n$/.exec(replaced)?.[0] ?? '')
}

function keepingComments(text: string, user: string, tokens: Tokens): string | undefined {
  const document = parseDocument(text, OPTIONS)
  const config = findConfig(document, user)
  if (!config) return undefined
  for (const [key, token] of Object.entries(tokens)) config.set(key, token)
  try {
    return document.toString({ lineWidth: 0, indentSeq: false })
  } catch {
    return undefined // an alias lost its anchor, or the file has mistakes that kubectl forgives
  }
}

function flattened(text: string, user: string, tokens: Tokens): string | undefined {
  const content: unknown = parseDocument(text, { ...OPTIONS, version: '1.1' }).toJS()
  const alone: unknown = JSON.parse(JSON.stringify(content))
  return setTokens(alone, user, tokens)
    ? stringify(alone, { version: '1.1', lineWidth: 0, indentSeq: false })
    : undefined
}

const OPTIONS = { uniqueKeys: false } as const

function findConfig(document: Document, user: string): YAMLMap | undefined {
  const step = (node: unknown, key: string): unknown => {
    const resolved = isAlias(node) ? node.resolve(document) : node
    return isMap(resolved) ? resolved.get(key, true) : undefined
  }
  const users = step(document.contents, 'users')
  if (!isSeq(users)) return undefined
  const entry = users.items.find((item) => {
    const name = step(item, 'name')
    return isScalar(name) && name.value === user
  })
  const config = ['user', 'auth-provider', 'config'].reduce(step, entry)
  return isMap(config) ? config : undefined
}

// Reads the bytes of one kubeconfig file into entries, as strictly and as leniently as kubectl. Knows no other file, no flag.
// Not `yaml`, which keeps comments and the like, and takes 20 ms longer for the first file.
import { boolYaml11Tag, CORE_SCHEMA, defineScalarTag, loadAll, NOT_RESOLVED, YAMLException } from 'js-yaml'
import { decodeText } from '../io/text-encoding.ts'

type Read<T> = (value: unknown, at: string, problems: string[]) => T | undefined
type Entry<F extends Readonly<Record<string, Read<unknown>>>> = {
  readonly [K in keyof F]?: NonNullable<ReturnType<F[K]>>
}

const CLUSTER = {
  server: string,
  'certificate-authority': string,
  'certificate-authority-data': base64,
  'insecure-skip-tls-verify': boolean,
  'tls-server-name': string,
  'proxy-url': string,
  extensions: list(entry({ name: string, extension: (value) => value }))
}

const EXEC = {
  apiVersion: string,
  command: string,
  args: list(item),
  env: list(entry({ name: string, value: string })),
  installHint: string,
  provideClusterInfo: boolean,
  interactiveMode: string
}

const USER = {
  'client-certificate': string,
  'client-certificate-data': base64,
  'client-key': string,
  'client-key-data': base64,
  token: string,
  tokenFile: string,
  username: string,
  password: string,
  as: string,
  'as-uid': string,
  'as-groups': list(item),
  'as-user-extra': map(list(item)),
  exec: entry(EXEC),
  'auth-provider': entry({ name: string, config: map(string) })
}

const CONTEXT = { cluster: string, user: string, namespace: string }

const readFile = entry({
  apiVersion: string,
  kind: string,
  'current-context': string,
  contexts: list(entry({ name: string, context: entry(CONTEXT) })),
  clusters: list(entry({ name: string, cluster: entry(CLUSTER) })),
  users: list(entry({ name: string, user: entry(USER) }))
})

export type ClusterEntry = Entry<typeof CLUSTER>
export type UserEntry = Entry<typeof USER>
export type ExecEntry = Entry<typeof EXEC>
export type ContextEntry = Entry<typeof CONTEXT>
export type KubeconfigFile = NonNullable<ReturnType<typeof readFile>>

/** Throws an Error whose message has every problem of the file. */
export function parseKubeconfig(bytes: Uint8Array): KubeconfigFile {
  const content = parseYaml(decodeText(bytes).text)
  const problems: string[] = []
  const file = readFile(content, '', problems) ?? {}
  const { apiVersion = '', kind = '' } = file
  if ((apiVersion || 'v1') !== 'v1' || (kind || 'Config') !== 'Config') {
    problems.push(`it is a ${JSON.stringify(kind)} of ${JSON.stringify(apiVersion)}, not a "Config" of "v1"`)
  }
  for (const key of ['contexts', 'clusters', 'users'] as const) problems.push(...duplicates(key, file[key] ?? []))
  if (problems.length > 0) throw new Error(problems.join('; '))
  return file
}

/**
 * The first document, with scalars as kubectl resolves them: `yes` is true, of doubled keys the last counts. Merge keys are
 * left for `merged`. Throws an Error that quotes nothing of the text: there may be secrets in it.
 */
export function parseYaml(text: string): unknown {
  try {
    return loadAll(firstDocument(text), { schema: KUBECTL, json: true })[0]
  } catch (cause) {
    if (!(cause instanceof YAMLException)) throw cause
    throw new Error(`yaml: ${cause.mark ? `line ${cause.mark.line + 1}: ` : ''}${cause.reason}`, { cause })
  }
}

/** What follows it need not even be YAML. A marker in the first column is one in every style of YAML. */
function firstDocument(text: string): string {
  const [, head = ''] = /^((?:[ \t]*(?:#.*)?\r?\n|%.*\r?\n)*(?:---(?=\s|$))?)/.exec(text) ?? []
  const end = /^(?:---|\.\.\.)(?=\s|$)/m.exec(text.slice(head.length))
  return end ? text.slice(0, head.length + end.index) : text
}

/** No field of a kubeconfig is a number: it only has to be known for one. */
const number = defineScalarTag<number>('tag:yaml.org,2002:int', {
  implicit: true,
  identify: () => false,
  resolve: (source) => (NUMBER.test(source) ? Number.NaN : NOT_RESOLVED)
})
const NUMBER =
  /^(?:[-+]?(?:0x[\da-f_]+|0b[01_]+|0o[0-7_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:e[-+]?\d+)?|\.inf)|\.nan)$/i

const KUBECTL = CORE_SCHEMA.withTags(boolYaml11Tag, number)

function duplicates(key: string, entries: readonly { readonly name?: string }[]): string[] {
  const names = entries.map(({ name = '' }) => name)
  const doubled = new Set(names.filter((name, index) => names.indexOf(name) !== index))
  return Array.from(doubled, (name) => `duplicate name ${JSON.stringify(name)} in ${key}`)
}

/** As Go's decoder has it, null is absent and unknown fields are ignored. */
function entry<F extends Readonly<Record<string, Read<unknown>>>>(fields: F): Read<Entry<F>> {
  return (value, at, problems) => {
    if (value === null || value === undefined) return {}
    if (typeof value !== 'object' || Array.isArray(value)) return void problems.push(wrong(value, at, 'a map'))
    const content = merged(value)
    const found = Object.entries(fields).flatMap(([key, read]) => {
      const one = content.get(key)
      const result = one === null ? undefined : read(one, at ? `${at}.${key}` : key, problems)
      return one === undefined || result === undefined ? [] : [[key, result]]
    })
    return Object.fromEntries(found) as Entry<F> // each was read by its own field
  }
}

function list<T>(read: Read<T>): Read<readonly T[]> {
  return (value, at, problems) => {
    if (value === null || value === undefined) return undefined
    if (!Array.isArray(value)) return void problems.push(wrong(value, at, 'a list'))
    return value.flatMap((one, index) => read(one, `${at}[${index}]`, problems) ?? [])
  }
}

function map<T>(read: Read<T>): Read<Readonly<Record<string, T>>> {
  return (value, at, problems) => {
    if (value === null || value === undefined) return undefined
    if (typeof value !== 'object' || Array.isArray(value)) return void problems.push(wrong(value, at, 'a map'))
    const found = Array.from(merged(value), ([key, one]) => [key, read(one, `${at}.${key}`, problems)] as const)
    return Object.fromEntries(found.filter(([, one]) => one !== undefined)) as Record<string, T> // as was just filtered
  }
}

/** All of a YAML document's content, with its merge keys resolved and nothing shared. */
export function expand(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(expand)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Array.from(merged(value), ([key, one]) => [key, expand(one)]))
}

/** With `<<` resolved where it stands, as kubectl does: keys before it are overwritten, those after it overwrite. */
function merged(value: object): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>()
  for (const [key, one] of Object.entries(value)) {
    // Of several, the earlier win.
    const sources: unknown[] = key === '<<' ? [one].flat().toReversed() : []
    for (const source of sources) {
      if (typeof source === 'object' && source) for (const [inner, each] of merged(source)) found.set(inner, each)
    }
    if (key !== '<<') found.set(key, one)
  }
  return found
}

function string(value: unknown, at: string, problems: string[]): string | undefined {
  if (value === null || value === undefined || typeof value === 'string') return value ?? undefined
  return void problems.push(wrong(value, at, 'a string'))
}

/** In a list, null is the empty string. */
function item(value: unknown, at: string, problems: string[]): string {
  return string(value, at, problems) ?? ''
}

function boolean(value: unknown, at: string, problems: string[]): boolean | undefined {
  if (value === null || value === undefined || typeof value === 'boolean') return value ?? undefined
  return void problems.push(wrong(value, at, 'true or false'))
}

/** Line breaks in it are ignored, as in Go; anything else that is not base64 is a mistake. */
function base64(value: unknown, at: string, problems: string[]): string | undefined {
  const text = string(value, at, problems)?.replace(/[\r\n]/g, '')
  if (text === undefined || (text.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(text))) return text
  return void problems.push(`${at} is not base64`)
}

function wrong(value: unknown, at: string, allowed: string): string {
  const found = Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'a map' : `a ${typeof value}`
  const advice = allowed === 'a string' && typeof value !== 'object' ? ': put it in quotes' : ''
  return `${at || 'the file'} is ${found}, not ${allowed}${advice}`
}

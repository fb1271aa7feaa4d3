// The flags of `compare --bodies`, read once: every mistake at once. Knows no cluster.
import { UserError } from '../io/errors.ts'
import { parseSample, parseSize, type Capture } from './tap/tap-request.ts'
import type { Ignored } from './responses/compare-responses.ts'
import { parsePattern, type PathTest } from './responses/field-path.ts'
import { Redactor } from './responses/redact.ts'

export interface BodyFlags {
  readonly bodies?: boolean
  readonly baseline?: boolean
  readonly ignore?: readonly string[]
  readonly ignoreHeader?: readonly string[]
  readonly redact?: readonly string[]
  readonly sample?: string
  readonly maxBody?: string
  readonly methods?: readonly string[]
  readonly path?: readonly string[]
  readonly examples?: boolean
  /** Of `compare` without bodies. */
  readonly since?: string
  readonly accessLogs?: boolean
}

export interface BodyOptions {
  readonly capture: Capture
  readonly ignored: Ignored
  readonly redactor: Redactor
  /** Whether what is written to files holds examples. */
  readonly withExamples: boolean
  readonly baseline: boolean
  /** In words, for the report. */
  readonly restrictions: readonly string[]
}

/** Undefined: bodies are not asked for. Problems are given to `refuse`, one at a time. */
export function parseBodyFlags(flags: BodyFlags, refuse: (problem: string) => void): BodyOptions | undefined {
  if (flags.bodies !== true) {
    const needless = DEPENDENT.filter((name) => flags[name] !== undefined).map((name) => `--${kebab(name)}`)
    if (needless.length > 0) refuse(`${needless.join(', ')}: only together with --bodies`)
    return undefined
  }
  if (flags.since !== undefined) refuse('--since: --bodies sees only what is answered from now on')
  if (flags.accessLogs) refuse('--access-logs: --bodies needs none')
  const patterns = (texts: readonly string[] = [], flag: string, options?: { ignoreCase: boolean }): PathTest[] =>
    texts.flatMap((text) => attempt(() => parsePattern(text, flag, options), refuse) ?? [])
  const ignored = patterns(flags.ignore, '--ignore')
  const headers = new Set(flags.ignoreHeader?.map((name) => name.toLowerCase()))
  const capture = parseCapture(flags, refuse)
  return {
    capture,
    // A body that is no tree is one field, of the name under which it is reported.
    ignored: {
      field: (path) => ignored.some((test) => test(path === 'body' ? '$.body' : path)),
      header: (name) => headers.has(name)
    },
    // Names of headers have no case; of the rest rather too much is hidden than too little.
    redactor: new Redactor(patterns(flags.redact, '--redact', { ignoreCase: true })),
    withExamples: flags.examples === true,
    baseline: flags.baseline === true,
    restrictions: restrictionsOf(capture)
  }
}

function parseCapture(flags: BodyFlags, refuse: (problem: string) => void): Capture {
  const methods = (flags.methods ?? []).flatMap((list) => list.split(','))
  const paths = flags.path ?? []
  for (const method of methods) {
    if (/^[A-Z][A-Z-]*$/.test(method)) continue
    refuse(`--methods: ${JSON.stringify(method)} is not a method; write for example GET,HEAD`)
  }
  for (const path of paths) {
    if (!/^[/*]/.test(path)) refuse(`--path: ${JSON.stringify(path)} is not a path; write for example '/api/*'`)
  }
  return {
    maxBody: attempt(() => parseSize(flags.maxBody ?? '64Ki'), refuse) ?? 0,
    oneOf: attempt(() => parseSample(flags.sample ?? '1/1'), refuse) ?? 1,
    methods,
    paths
  }
}

function restrictionsOf({ oneOf, methods, paths }: Capture): string[] {
  return [
    ...(oneOf > 1 ? [`1 of ${oneOf} requests, chosen by their ids,`] : []),
    ...(methods.length > 0 ? [`requests with ${methods.join(', ')}`] : []),
    ...(paths.length > 0 ? [`requests for ${paths.join(', ')}`] : [])
  ]
}

function attempt<T>(parse: () => T, refuse: (problem: string) => void): T | undefined {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    for (const message of error.messages) refuse(message)
    return undefined
  }
}

const DEPENDENT = [
  'baseline',
  'ignore',
  'ignoreHeader',
  'redact',
  'sample',
  'maxBody',
  'methods',
  'path',
  'examples'
] as const satisfies readonly (keyof BodyFlags)[]

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

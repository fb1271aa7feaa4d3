// The flags of `diff`, read once. Every mistake is reported at once. Knows no cluster.
import type { DiffFlags } from './flags.ts'
import { parsePattern, type PathTest } from '../compare/responses/field-path.ts'
import { Redactor } from '../compare/responses/redact.ts'
import { parseRunFlags, type RunOptions } from '../compare/run-options.ts'
import { Mistakes } from '../io/flag-values.ts'
import type { TallyOptions } from '../compare/statistics/field-tally.ts'
import { LATENCIES } from '../compare/statistics/verdict.ts'
import { parseSample } from '../compare/sources/sample.ts'
import { parseSize, type Capture } from '../compare/tap/tap-request.ts'

export interface ResponseOptions extends Omit<TallyOptions, 'budget'> {
  readonly capture: Capture
}

export function parseDiffFlags(flags: DiffFlags): { run: RunOptions; responses: ResponseOptions } {
  const mistakes = new Mistakes()
  const run = parseRunFlags(flags, mistakes, flags.baseline === true ? NO_LATENCY : undefined)
  if (run.limits.lasts === 0) mistakes.add('--for=0s compares nothing: diff sees only responses from now on')
  const patterns = (texts: readonly string[] = [], flag: string, options?: { ignoreCase: boolean }): PathTest[] =>
    texts.flatMap((text) => mistakes.attempt(() => parsePattern(text, flag, options)) ?? [])
  const ignored = patterns(flags.ignore, '--ignore')
  const headers = new Set(flags.ignoreHeader?.map((name) => name.toLowerCase()))
  const capture = parseCapture(flags, mistakes)
  const responses = {
    capture,
    // A body without a tree is one field: `$.body` for patterns, `body` in reports.
    ignored: {
      field: (path: string) => ignored.some((test) => test(path === 'body' ? '$.body' : path)),
      header: (name: string) => headers.has(name)
    },
    // Header names have no case. For the rest, hiding too much is safer than hiding too little.
    redactor: new Redactor(patterns(flags.redact, '--redact', { ignoreCase: true })),
    withExamples: flags.examples === true,
    baseline: flags.baseline === true,
    restrictions: restrictionsOf(capture)
  }
  mistakes.throwAny()
  return { run, responses }
}

const NO_LATENCY = {
  metrics: LATENCIES,
  why: 'not together with --baseline, which gives the live version extra work; use kubectl mirror compare for latency'
}

function parseCapture(flags: DiffFlags, mistakes: Mistakes): Capture {
  const methods = (flags.method ?? []).flatMap((list) => list.split(','))
  const paths = flags.path ?? []
  for (const method of methods) {
    if (/^[A-Z][A-Z-]*$/.test(method)) continue
    mistakes.add(`--method: ${JSON.stringify(method)} is not a method; write for example GET,HEAD`)
  }
  for (const path of paths) {
    if (!/^[/*]/.test(path)) mistakes.add(`--path: ${JSON.stringify(path)} is not a path; write for example '/api/*'`)
  }
  return {
    maxBody: mistakes.attempt(() => parseSize(flags.maxBody ?? '64Ki')) ?? 0,
    oneOf: mistakes.attempt(() => parseSample(flags.sample ?? '1/1', { onlyPowersOf2: true })) ?? 1,
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

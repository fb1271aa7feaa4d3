// Reads the flags of `logs` once, and reports every mistake at once.
import { readDuration, Mistakes } from '../io/flag-values.ts'
import { WHEN } from '../io/colour.ts'
import { FORMATS, VIEWS, type LogsFlags } from './flags.ts'
import { knownZone, localZone } from './time-zone.ts'
import type { FirstLines } from '../follow/log-query.ts'
import { parsePattern } from './pattern.ts'
import { parseTemplate } from './template.ts'
import type { Io } from '../io/io.ts'

export type LogsOptions = ReturnType<typeof parseLogsFlags>

/** `env`: TZ names the zone called `Local`. */
export function parseLogsFlags(flags: LogsFlags, now: Date, env: Io['env']) {
  const mistakes = new Mistakes()
  const { container, output, template: text } = flags
  const [include] = readPatterns('--container', container === undefined ? [] : [container], mistakes)
  const timeZone = readTimeZone(flags, env, mistakes)
  const view = mistakes.read('--view', flags.view, oneOf(VIEWS)) ?? 'interleaved'
  const template = text === undefined ? undefined : mistakes.read('--template', text, parseTemplate)
  checkTogether(flags, mistakes)
  const exclude = readPatterns('--exclude-container', flags.excludeContainer, mistakes)
  const options = {
    choice: { ...(include && { include }), exclude },
    include: readPatterns('--include', flags.include, mistakes),
    exclude: readPatterns('--exclude', flags.exclude, mistakes),
    highlight: readPatterns('--highlight', flags.highlight, mistakes),
    first: readFirst(flags, now, mistakes),
    follow: flags.follow,
    hasTimestamps: flags.timestamps === true,
    // A name that Intl knows; absent: the kubelet's zone, usually UTC.
    ...(timeZone && { timeZone }),
    format: mistakes.read('--output', output, oneOf(FORMATS)) ?? 'default',
    ...(template && { template }),
    limit: mistakes.read('--max-log-requests', flags.maxLogRequests, countFrom(1)) ?? 1,
    colour: mistakes.read('--color', flags.color, oneOf(WHEN)) ?? 'auto',
    hasNotices: flags.onlyLogLines !== true,
    view
  }
  mistakes.throwAny()
  return options
}

function checkTogether({ view, output, template, highlight }: LogsFlags, mistakes: Mistakes): void {
  if (view === 'split' && (output !== 'default' || template !== undefined)) {
    mistakes.add('--view=split has its own layout; leave out --output and --template')
  }
  if (template !== undefined && output !== 'default') {
    mistakes.add('--output and --template exclude each other; leave out one of them')
  }
  if (highlight !== undefined && output === 'json') {
    mistakes.add('--highlight has no effect with --output=json; leave out one of them')
  }
}

function readFirst({ since, sinceTime, follow, tail: lines }: LogsFlags, now: Date, mistakes: Mistakes): FirstLines {
  const tail = mistakes.read('--tail', lines, countFrom(-1)) ?? -1
  if (tail === 0 && !follow) mistakes.add('--tail=0 with --no-follow prints nothing; leave out one of them')
  if (since !== undefined && sinceTime !== undefined) {
    mistakes.add('--since and --since-time exclude each other; leave out one of them')
  }
  const from = sinceTime === undefined ? undefined : mistakes.read('--since-time', sinceTime, wholeSeconds)
  return {
    startedAt: now.getTime(),
    ...(tail >= 0 && { tailLines: tail }),
    ...(from !== undefined && { sinceTime: from }),
    ...(since !== undefined && { sinceSeconds: mistakes.attempt(() => readDuration(since, '--since') / 1000) ?? 0 })
  }
}

/** The API takes whole seconds. Rounds down, so that no line is missing. */
function wholeSeconds(text: string): string {
  const isRfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(text)
  const milliseconds = isRfc3339 ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(milliseconds)) return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
  throw new Error('write RFC 3339 with its zone, for example 2030-01-31T18:00:00Z')
}

function readTimeZone(flags: LogsFlags, env: Io['env'], mistakes: Mistakes): string | undefined {
  const { timezone, timestamps, output, template } = flags
  if (timezone === undefined) return undefined
  if (!timestamps && output !== 'json' && template === undefined) {
    mistakes.add('--timezone has no effect without --timestamps; add it')
  }
  return mistakes.read('--timezone', timezone, (name) => {
    const found = name === 'Local' ? localZone(env.TZ) : knownZone(name)
    if (found !== undefined) return found
    if (name !== 'Local') throw new Error('write a name such as UTC, Europe/Paris or Local')
    const where = env.TZ === undefined ? 'this machine has' : `TZ=${env.TZ} is`
    throw new Error(`${where} no zone that has a name; write one, such as UTC or Europe/Paris`)
  })
}

function readPatterns(flag: string, texts: readonly string[] = [], mistakes: Mistakes): RegExp[] {
  return texts.flatMap((text) => mistakes.read(flag, text, parsePattern) ?? [])
}

function countFrom(least: number): (text: string) => number {
  return (text) => {
    if (/^-?\d{1,9}$/.test(text) && Number(text) >= least) return Number(text)
    throw new Error(`write a whole number, at least ${least}`)
  }
}

function oneOf<T extends string>(allowed: readonly T[]): (text: string) => T {
  return (text) => {
    const found = allowed.find((one) => one === text)
    if (found !== undefined) return found
    throw new Error(`use one of ${allowed.join(', ')}`)
  }
}

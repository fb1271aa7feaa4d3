// One run of `compare` or `diff`: finds the versions, watches them, shows and writes what was found. Knows no source.
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { connect, type Cluster } from '../client/client.ts'
import { suggest } from '../client/suggest.ts'
import { replaceFile } from '../io/replace-file.ts'
import { describeFileError } from '../io/system-errors.ts'
import { makePaint } from '../io/colour.ts'
import { describeError, UserError, ApiError } from '../io/errors.ts'
import type { Io } from '../io/io.ts'
import { findComparison, type Comparison } from './find-subject.ts'
import { observe } from './observe.ts'
import { PairById } from './pairing/pair.ts'
import { Roles } from './pairing/role.ts'
import { renderJunit } from './report/junit.ts'
import { Screen } from './report/screen.ts'
import type { RunFlags } from './flags.ts'
import type { RunOptions } from './run-options.ts'
import type { RecordSource } from './sources/record.ts'
import type { FieldsTally } from './statistics/field-tally.ts'
import { Run } from './statistics/run.ts'
import { exitCode, summarise, type Summary } from './statistics/summary.ts'
import { makeView } from './views.ts'
import { watchObjects } from '../resources/object-watch.ts'
import { collectionOf, type StoredVirtualService } from '../resources/virtual-services.ts'

export interface Stage {
  readonly cluster: Cluster
  readonly comparison: Comparison
  readonly options: RunOptions
  readonly io: Io
  readonly screen: Screen
}

export interface Watched {
  readonly summary: Summary
  /** Why the source failed. The summary has what was found before. */
  readonly failure?: Error
}

/** `act` makes a source and calls `watch`; whatever it put into the cluster it removes again. Returns the exit code. */
export async function runComparison(
  name: string,
  flags: RunFlags,
  options: RunOptions,
  io: Io,
  act: (stage: Stage) => Promise<Watched>
): Promise<number> {
  if (flags.html !== undefined) await checkWritable(flags.html, '--html')
  if (flags.junit !== undefined) await checkWritable(flags.junit, '--junit')
  const connected = await connect(flags, io)
  // The current context may change during a long run.
  const context = connected.contextName || undefined
  const cluster: Cluster = {
    ...connected,
    command: (words, program) => suggest(words, { ...flags, context, namespace: undefined }, program)
  }
  try {
    const comparison = await findComparison(cluster, name, flags.to)
    const { summary, failure } = await act({ cluster, comparison, options, io, screen: new Screen(io) })
    const problems = await writeReports(summary, flags, io)
    if (failure && problems.length === 0) throw failure
    if (problems.length === 0) return exitCode(summary)
    // Not thrown: nothing more is said of an error after Ctrl-C, and that is how most runs end.
    io.stderr.write(`${describeError(new UserError([...(failure ? [failure.message] : []), ...problems]))}\n`)
    return 1
  } finally {
    cluster.close()
  }
}

/** Returns why one could not be written; the other is. */
async function writeReports(summary: Summary, { html, junit }: RunFlags, io: Io): Promise<string[]> {
  const problems: string[] = []
  const write = async (flag: string, file: string, text: string): Promise<void> => {
    try {
      await replaceFile(file, text)
      if (flag === '--html') io.stderr.write(`report written to ${file}\n`)
    } catch (error) {
      problems.push(`${flag}: ${describeFileError(error, file)}`)
    }
  }
  if (html !== undefined)
    await write('--html', html, (await import('./report/report.ts')).renderReport(summary, io.now()))
  if (junit !== undefined) await write('--junit', junit, renderJunit(summary))
  return problems
}

/** `fields`: where the source's records hold whole responses. */
export async function watch(
  { cluster, comparison, options: { limits, format, gates }, io, screen }: Stage,
  source: RecordSource,
  fields?: FieldsTally
): Promise<Watched> {
  const { subject, expectation, object } = comparison
  const { read: _, wasBlind, settled = 0, isPartial = false, ...described } = source
  const whole = { ...subject, source: { ...described, isPartial } }
  const pairing = new PairById(new Roles(subject.mirrorServesLive), { awaitsBaseline: fields?.hasBaseline === true })
  const window = {
    opened: Date.now(),
    backlog: limits.sinceSeconds !== undefined,
    follow: limits.lasts !== 0,
    ...(wasBlind && { wasBlind }),
    settled,
    isPartial,
    isSampled: source.sample !== undefined
  }
  const run = new Run(pairing, expectation, window, fields)
  const view = makeView(format, io, screen, makePaint(io), (sofar) =>
    summarise(whole, sofar, gates, { limits: limits.text })
  )
  const silence = setTimeout(() => {
    const { records, doubts } = run
    const read = records.live + records.mirror + doubts.unread.live + doubts.unread.mirror
    if (read === 0) screen.say(['No requests seen yet.', source.ifSilent].filter(Boolean).join(' '))
  }, LONGEST_SILENCE)
  const over = new AbortController()
  const either = AbortSignal.any([io.signal, over.signal])
  const until = window.follow ? watchRules(cluster, object, (text) => screen.say(text), either) : undefined
  const { failure, interruption } = await observe(
    source,
    run,
    { ...limits, ...(until && { until }) },
    view,
    io.signal
  ).finally(() => {
    clearTimeout(silence)
    over.abort()
  })
  if (failure && run.records.live + run.records.mirror === 0) throw failure
  const cutOff = failure?.message ?? interruption
  const summary = summarise(whole, run, gates, { limits: limits.text, ...(cutOff !== undefined && { cutOff }) })
  view.finish(summary)
  return { summary, ...(failure && { failure }) }
}

const LONGEST_SILENCE = 15_000

/** Checked before a run of an hour, not after it. */
async function checkWritable(file: string, flag: string): Promise<void> {
  const known = await stat(file).catch(() => undefined)
  if (known?.isDirectory()) throw new UserError(`${flag}: ${file} is a folder: name a file in it`)
  const place = known ? file : dirname(file)
  await access(place, constants.W_OK).catch((error: Error) => {
    throw new UserError(`${flag}: cannot write to ${place}: ${error.message}`)
  })
}

/** Aborted at the first change; the reason describes it. */
export function watchRules(
  cluster: Cluster,
  object: Pick<StoredVirtualService, 'apiVersion' | 'kind' | 'metadata'>,
  say: (text: string) => void,
  signal: AbortSignal
): AbortSignal {
  const { name } = object.metadata
  const changed = new AbortController()
  let known: string | undefined
  const isUnwatched = (error: Error): void => {
    if (!signal.aborted) say(`warning: cannot watch ${name} for changes: ${error.message}`)
  }
  watchObjects<StoredVirtualService>({
    cluster,
    path: collectionOf(object),
    query: { fieldSelector: `metadata.name=${name}` },
    signal: AbortSignal.any([signal, changed.signal]),
    onObject: ({ spec }) => {
      const rules = JSON.stringify(spec, withoutWeights)
      known ??= rules
      if (rules !== known) changed.abort(`the rules of ${name} were changed`)
    },
    onGone: () => changed.abort(`${name} was deleted`),
    // Broken connections are retried; a refusal is final.
    onBroken: (error) => error instanceof ApiError && error.status === 403 && isUnwatched(error)
  }).catch(isUnwatched)
  return changed.signal
}

/** A rollout shifts weights all the time; a comparison only depends on which versions answer. */
function withoutWeights(key: string, value: unknown): unknown {
  return key === 'weight' ? Number(value) > 0 : value
}

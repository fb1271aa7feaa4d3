// `kubectl mirror compare`: pairs the requests of both versions while they come, and says what differs beyond noise.
import { constants } from 'node:fs'
import { access, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { styleText } from 'node:util'
import { connect, type Cluster } from '../client/client.ts'
import { wantsColour } from '../io/colour.ts'
import type { FieldsTally } from './statistics/field-tally.ts'
import { chooseSource } from './choose-source.ts'
import { parseFlags, type CompareFlags, type Options } from './compare-options.ts'
import { findComparison, type Comparison } from './find-subject.ts'
import { renderJunit } from './report/junit.ts'
import { observe } from './observe.ts'
import { PairById } from './pairing/pair.ts'
import type { RecordSource } from './sources/record.ts'
import { watchRules } from './rules-watch.ts'
import { Screen } from './report/screen.ts'
import { Roles } from './pairing/role.ts'
import { Run } from './statistics/run.ts'
import { exitCode, summarise, type Summary } from './statistics/summary.ts'
import type { Paint } from './report/table.ts'
import { switchOnAccessLogs } from './sources/telemetry.ts'
import { makeView } from './views.ts'
import type { BodyRun } from './with-bodies.ts'
import { UserError } from '../io/errors.ts'
import type { Io } from '../io/io.ts'
import { suggest } from '../client/suggest.ts'
import { announceRemoval, describeLeftover } from '../resources/temporary-objects.ts'

export async function compare(name: string, flags: CompareFlags, io: Io): Promise<number> {
  const options = parseFlags(flags)
  if (flags.html !== undefined) await checkWritable(flags.html, '--html')
  if (flags.junit !== undefined) await checkWritable(flags.junit, '--junit')
  const connected = await connect(flags, io)
  // A run is long: by its end the current context may be another.
  const context = connected.contextName || undefined
  const cluster: Cluster = {
    ...connected,
    command: (words, program) => suggest(words, { ...flags, context, namespace: undefined }, program)
  }
  try {
    const comparison = await findComparison(cluster, name, flags.to)
    const screen = new Screen(io)
    const say = (text: string): void => screen.say(text)
    const read = async (): Promise<Watched> => {
      const source = await chooseSource({ cluster, versions: comparison.versions, say }, !!flags.accessLogs, io.signal)
      return watch({ cluster, comparison, options, io, screen }, source)
    }
    const { summary, failure } = options.bodies
      ? await watchBodies(
          { cluster, comparison, options: options.bodies, say, io },
          { cluster, comparison, options, io, screen }
        )
      : await withAccessLogs(cluster, comparison, options, flags, io, read)
    if (flags.html !== undefined) {
      const { renderReport } = await import('./report/report.ts')
      await writeFile(flags.html, await renderReport(summary, io.now()))
      io.stderr.write(`report written to ${flags.html}\n`)
    }
    if (flags.junit !== undefined) await writeFile(flags.junit, renderJunit(summary))
    if (failure) throw failure
    return exitCode(summary)
  } finally {
    cluster.close()
  }
}

interface Stage {
  readonly cluster: Cluster
  readonly comparison: Comparison
  readonly options: Options
  readonly io: Io
  readonly screen: Screen
}

async function watch(
  { cluster, comparison, options, io, screen }: Stage,
  source: RecordSource,
  fields?: FieldsTally
): Promise<Watched> {
  const { subject, expectation, object } = comparison
  const { limits, format, gates, bodies } = options
  const { name, approximate, blindTo, isPartial = false, ifSilent } = source
  const whole = {
    ...subject,
    source: { name, approximate, blindTo, isPartial, ...(ifSilent !== undefined && { ifSilent }) }
  }
  const pairing = new PairById(new Roles(subject.mirrorServesLive), undefined, bodies?.baseline)
  const window = {
    opened: Date.now(),
    backlog: limits.sinceSeconds !== undefined,
    follow: limits.lasts !== 0,
    wasBlind: (at: number) => source.wasBlind?.(at) === true,
    settled: source.settled ?? 0,
    isPartial
  }
  const run = new Run(pairing, expectation, window, fields)
  const view = makeView(format, io, screen, makePaint(io), (sofar) =>
    summarise(whole, sofar, gates, { limits: limits.text })
  )
  const silence = setTimeout(() => {
    const { records, doubts } = run
    const read = records.live + records.mirror + doubts.unread.live + doubts.unread.mirror
    if (read === 0) screen.say(['No request so far.', source.ifSilent].filter(Boolean).join(' '))
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

/** What was found before the source failed is shown all the same. */
interface Watched {
  readonly summary: Summary
  readonly failure?: Error
}

const LONGEST_SILENCE = 15_000

async function watchBodies(run: BodyRun, stage: Stage): Promise<Watched> {
  const { withBodies } = await import('./with-bodies.ts')
  return withBodies(run, (source, fields) => watch(stage, source, fields))
}

/** Whatever ends the act, Ctrl-C included, ends the logging too. */
async function withAccessLogs<T>(
  cluster: Cluster,
  { versions }: Comparison,
  { limits }: Options,
  { accessLogs }: CompareFlags,
  io: Io,
  act: () => Promise<T>
): Promise<T> {
  if (!accessLogs) return act()
  const logging = await switchOnAccessLogs(cluster, versions, io.now(), limits.lasts)
  try {
    await pause(UNTIL_SIDECARS_KNOW, undefined, { signal: io.signal }).catch(() => {})
    return await act()
  } finally {
    // What was found is worth as much as before.
    const say = (text: string): void => void io.stderr.write(`${text}\n`)
    const left = await announceRemoval('the Telemetry of this run', say, logging.remove())
    for (const name of left) say(`warning: ${describeLeftover(cluster, name)}`)
  }
}

/** istiod tells the sidecars within a second or two, or on a busy machine a little later. */
const UNTIL_SIDECARS_KNOW = 5000

/** Before a run of an hour, not after it. */
async function checkWritable(file: string, flag: string): Promise<void> {
  const known = await stat(file).catch(() => undefined)
  if (known?.isDirectory()) throw new UserError(`${flag}: ${file} is a folder: name a file in it`)
  const place = known ? file : dirname(file)
  await access(place, constants.W_OK).catch((error: Error) => {
    throw new UserError(`${flag}: cannot write to ${place}: ${error.message}`)
  })
}

function makePaint(io: Io): Paint {
  if (!wantsColour('auto', io.stdout, io.env)) return (_, text) => text
  const styles = { strong: 'bold', faint: 'dim', bad: 'red', good: 'green' } as const
  return (style, text) => styleText(styles[style], text, { validateStream: false })
}

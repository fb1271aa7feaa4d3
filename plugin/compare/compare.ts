// `kubectl mirror compare`: matches the requests of both versions in access logs, and says what differs beyond noise.
import { setTimeout as pause } from 'node:timers/promises'
import { readDuration, Mistakes } from '../io/flag-values.ts'
import type { Io } from '../io/io.ts'
import type { CompareFlags } from './flags.ts'
import { chooseSource } from './choose-source.ts'
import { runComparison, watch, type Stage } from './run-comparison.ts'
import { parseRunFlags, type RunOptions } from './run-options.ts'
import { keepHeapSmall } from './small-heap.ts'
import { announceRemoval, describeLeftover } from '../resources/temporary-objects.ts'
import { parseSample } from './sources/sample.ts'
import { switchOnAccessLogs } from './sources/telemetry.ts'

export async function compare(name: string, flags: CompareFlags, io: Io): Promise<number> {
  const accessLogs = flags.accessLogs === true
  const { run, sample } = parseFlags(flags)
  keepHeapSmall()
  return runComparison(name, flags, run, io, (stage) => {
    const read = async () => {
      const { cluster, comparison, screen } = stage
      const options = {
        cluster,
        versions: comparison.versions,
        say: (text: string) => screen.say(text),
        now: () => io.now(),
        sample,
        keepsLines: run.format !== 'table' || flags.html !== undefined
      }
      return watch(stage, await chooseSource(options, accessLogs, io.signal))
    }
    return accessLogs ? withAccessLogs(stage, read) : read()
  })
}

/** `sample`: one in so many requests. */
function parseFlags(flags: CompareFlags): { run: RunOptions; sample: number } {
  const mistakes = new Mistakes()
  const { limits, ...options } = parseRunFlags(flags, mistakes, {
    metrics: ['field'],
    why: 'access logs show no headers and no bodies; kubectl mirror diff compares them'
  })
  const { since } = flags
  const past = mistakes.attempt(() => (since === undefined ? undefined : readDuration(since, '--since')))
  const sample = mistakes.attempt(() => parseSample(flags.sample ?? '1/1')) ?? 1
  if (limits.lasts === 0 && since === undefined) mistakes.add('--for=0s compares nothing without --since')
  mistakes.throwAny()
  return {
    run: { ...options, limits: { ...limits, ...(past !== undefined && { sinceSeconds: past / 1000 }) } },
    sample
  }
}

/** Whatever ends the act, Ctrl-C included, ends the logging too. */
async function withAccessLogs<T>({ cluster, comparison, options, io }: Stage, act: () => Promise<T>): Promise<T> {
  const logging = await switchOnAccessLogs(cluster, comparison.versions, io.now(), options.limits.lasts)
  try {
    await pause(UNTIL_SIDECARS_KNOW, undefined, { signal: io.signal }).catch(() => {})
    return await act()
  } finally {
    // A failure here does not spoil the result.
    const say = (text: string): void => void io.stderr.write(`${text}\n`)
    const left = await announceRemoval('the Telemetry of this run', say, logging.remove())
    for (const name of left) say(`warning: ${describeLeftover(cluster, name)}`)
  }
}

/** istiod configures the sidecars within a second or two; a busy one takes longer. */
const UNTIL_SIDECARS_KNOW = 5000

// `kubectl mirror diff`: compares whole responses of both versions, which the sidecars' tap filter shows. What it puts into the cluster
// is removed, whatever ends the run.
import { runComparison, watch } from '../compare/run-comparison.ts'
import type { Io } from '../io/io.ts'
import type { DiffFlags } from './flags.ts'
import { parseDiffFlags, type ResponseOptions } from './diff-options.ts'
import type { Cluster } from '../client/client.ts'
import { isAllowed } from '../client/permission.ts'
import { planBaseline, endStaleBaseline, hasStaleBaseline, type Baseline } from '../compare/tap/baseline.ts'
import { BASELINE_PERMISSION, checkPermissions, TAP_PERMISSIONS } from '../compare/tap/preflight.ts'
import { announceRemoval } from '../resources/temporary-objects.ts'
import { prepareTaps, withTaps } from '../compare/tap/tap-source.ts'
import { BodyBudget } from '../compare/tap/body-budget.ts'
import { FieldsTally } from '../compare/statistics/field-tally.ts'
import type { Comparison } from '../compare/find-subject.ts'
import { isRoute, typedName } from '../resources/virtual-services.ts'
import type { RecordSource } from '../compare/sources/record.ts'

export async function diff(name: string, flags: DiffFlags, io: Io): Promise<number> {
  const { run, responses } = parseDiffFlags(flags)
  return runComparison(name, flags, run, io, (stage) => {
    const { cluster, comparison, screen } = stage
    const say = (text: string): void => screen.say(text)
    return withTapSession({ cluster, comparison, options: responses, say, io }, (source, fields) =>
      watch(stage, source, fields)
    )
  })
}

export interface TapSession {
  readonly cluster: Cluster
  readonly comparison: Comparison
  readonly options: ResponseOptions
  readonly say: (text: string) => void
  readonly io: Pick<Io, 'signal' | 'now'>
}

export async function withTapSession<T>(
  run: TapSession,
  act: (source: RecordSource, fields: FieldsTally) => Promise<T>
): Promise<T> {
  const { cluster, comparison, options, say, io } = run
  const { versions, object } = comparison
  const { capture, redactor, baseline } = options
  const namespaces = [...new Set(versions.map(({ namespace }) => namespace))]
  await checkPermissions(cluster, TAP_PERMISSIONS, namespaces)
  if (baseline) await checkPermissions(cluster, [BASELINE_PERMISSION], [object.metadata.namespace])
  await endStale(run)
  await prepareTaps(cluster, versions, io.now, io.signal)
  const budget = new BodyBudget()
  const fields = new FieldsTally({ ...options, budget })
  return withBaseline(run, async (added) =>
    withTaps(
      {
        cluster,
        versions,
        capture,
        redactor,
        budget,
        onUpgrade: () => fields.upgrades++,
        onLost: (count) => (fields.lost += count),
        say,
        ...io,
        ...(added && { baseline: added })
      },
      async (source) => act(source, fields)
    )
  )
}

/** Ends the baseline of a killed run, which no webhook ended. */
async function endStale({ cluster, comparison: { object }, say, io }: TapSession): Promise<void> {
  if (!hasStaleBaseline(object, io.now())) return
  if (await isAllowed(cluster, object.metadata.namespace, BASELINE_PERMISSION)) return endStaleBaseline(cluster, object)
  say(
    `warning: ${nameOf(object)} has the baseline of a run that was killed, and you may not patch it; have a user with that right run ` +
      again(cluster, object)
  )
}

async function withBaseline<T>(run: TapSession, act: (baseline: Baseline | undefined) => Promise<T>): Promise<T> {
  const { cluster, comparison, options, say, io } = run
  const { object } = comparison
  const baseline = options.baseline ? await planBaseline(cluster, object, io.now()) : undefined
  if (baseline === undefined) return act(undefined)
  try {
    say(announce(comparison))
    if ((await baseline.add(io.now())) === 'direct') say(staysIfKilled(again(cluster, object)))
    return await act(baseline)
  } finally {
    if (!(await announceRemoval('the baseline', say, baseline.remove()))) {
      const byHand = cluster.command(`annotate ${nameOf(object)} kubectl-mirror.dev/baseline-`)
      const direct = cluster.command(`mirror enable ${object.metadata.name} --direct -n ${object.metadata.namespace}`)
      say(
        `warning: the baseline of ${nameOf(object)} could not be removed. Remove it by hand: ${byHand}` +
          (isRoute(object) ? '' : `. Without a webhook also run ${direct} with its previous flags`)
      )
    }
  }
}

function announce({ subject: { live, percent } }: Comparison): string {
  return (
    `As a baseline, ${live.join('+')} also gets a copy of each mirrored request: until this run ends it answers each of ` +
    `them twice${percent < 100 ? ` (${Number(percent.toFixed(4))} % of all requests)` : ''}`
  )
}

function nameOf(object: Comparison['object']): string {
  return `${typedName(object)} -n ${object.metadata.namespace}`
}

/** The next run ends what a killed one leaves. */
function again({ command }: Cluster, object: Comparison['object']): string {
  return command(`mirror diff ${nameOf(object)}`)
}

function staysIfKilled(command: string): string {
  return `warning: no webhook responded. If this run is killed (not by Ctrl-C), its baseline stays until ${command} ends it`
}

// Everything that `compare --bodies` puts in place for a run, in order, and takes away again, whatever ends it.
import type { Cluster } from '../cluster.ts'
import type { Io } from '../io.ts'
import { addBaseline, endStaleBaseline, type Baseline } from '../tap/baseline.ts'
import { BASELINE_PERMISSIONS, checkPermissions, TAP_PERMISSIONS } from '../tap/preflight.ts'
import { withTaps } from '../tap/tap-source.ts'
import { BodyBudget } from './bodies/body-budget.ts'
import { FieldsTally } from './bodies/field-tally.ts'
import type { BodyOptions } from './body-options.ts'
import type { Comparison } from './find-subject.ts'
import type { Source } from './record.ts'

export interface BodyRun {
  readonly cluster: Cluster
  readonly comparison: Comparison
  readonly options: BodyOptions
  readonly say: (text: string) => void
  readonly io: Pick<Io, 'signal' | 'now'>
}

export async function withBodies<T>(
  run: BodyRun,
  act: (source: Source, fields: FieldsTally) => Promise<T>
): Promise<T> {
  const { cluster, comparison, options, say, io } = run
  const { versions, object } = comparison
  const { taken, ignored, redactor, withExamples, restrictions } = options
  const namespaces = [...new Set(versions.map(({ namespace }) => namespace))]
  await checkPermissions(cluster, TAP_PERMISSIONS, namespaces)
  if (options.baseline) await checkPermissions(cluster, BASELINE_PERMISSIONS, [object.metadata.namespace])
  await endStaleBaseline(cluster, object, io.now())
  const budget = new BodyBudget()
  const fields = new FieldsTally({ ignored, redactor, withExamples, restrictions, budget })
  return withBaseline(run, async (baseline) =>
    withTaps(
      {
        cluster,
        versions,
        taken,
        redactor,
        budget,
        onUpgrade: () => fields.upgrades++,
        say,
        signal: io.signal,
        ...(baseline && { baseline })
      },
      async (source) => act(source, fields)
    )
  )
}

async function withBaseline<T>(
  { cluster, comparison: { object, subject }, options, say, io }: BodyRun,
  act: (baseline: Baseline | undefined) => Promise<T>
): Promise<T> {
  const baseline = options.baseline ? await addBaseline(cluster, object, io.now()) : undefined
  if (baseline) {
    say(
      `For the baseline ${subject.live.join('+')} gets a copy of each mirrored request too: until the end of this run it ` +
        `answers ${subject.percent} % of them twice`
    )
  }
  try {
    return await act(baseline)
  } finally {
    const name = `virtualservice/${object.metadata.name} -n ${object.metadata.namespace}`
    if (baseline && !(await baseline.remove())) {
      say(
        `warning: the baseline of ${name} could not be taken away: kubectl annotate ${name} kubectl-mirror.dev/baseline-`
      )
    }
  }
}

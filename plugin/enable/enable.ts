// `kubectl mirror enable`: asks admission by a dry run what it would do, writes the annotations, and prints what is mirrored.
import { formatChange } from '../../mirror/changes.ts'
import { asksAnew, edit, type Edit } from '../../mirror/edit.ts'
import { patchBetween } from '../../mirror/patch.ts'
import { describeHazard } from '../../mirror/hazards.ts'
import { formatProblem } from '../../mirror/problem.ts'
import { connect, type Cluster } from '../client/client.ts'
import { subjectOfNeeded } from './create-plan.ts'
import { planWrite, readCreate } from './enable-target.ts'
import { readDuration } from '../io/flag-values.ts'
import { ApiError, describeError, UserError } from '../io/errors.ts'
import { FORMATS, type EnableFlags } from './flags.ts'
import type { Io } from '../io/io.ts'
import { dryRunSuffix, parseDryRun, type DryRun } from '../io/kubectl-flags.ts'
import { checkFormat, printObjects } from '../io/output.ts'
import { refuseOwned } from '../resources/progressive-delivery.ts'
import { keptFromOthers, refuseGrowth, replacementOf, type Replacement } from './replacement.ts'
import { suggest } from '../client/suggest.ts'
import { summarise } from '../status/summary.ts'
import { isRoute, subjectOf, type StoredVirtualService } from '../resources/virtual-services.ts'
import { notInjected } from '../resources/webhook-presence.ts'
import { warnOfEnd } from './warn-of-end.ts'
import { awaitLimits, limitsFor, writeLimits } from './limits.ts'
import { formatAsFlag, toAnnotations, withFlags } from './flag-annotations.ts'
import type { PlannedWrite, Written } from './planned-write.ts'
import { waitForMirror } from './wait.ts'
import { writeEdit } from '../resources/virtual-service-writes.ts'
import { findVersions, hazardsIn } from '../resources/versions.ts'

export async function enable(name: string, flags: EnableFlags, io: Io): Promise<number> {
  const dryRun = parseDryRun(flags.dryRun)
  checkFormat(flags.output, FORMATS)
  const timeout = readDuration(flags.timeout, '--timeout')
  const annotations = toAnnotations(flags, io.now())
  const { fieldManager, forceConflicts: force = false, from = [] } = flags
  const create = readCreate(flags.create)
  const cluster = await connect(flags, io)
  try {
    const { warn } = cluster
    const deadline = performance.now() + timeout
    const waits = flags.wait === true && dryRun === 'none'
    const options = {
      annotations,
      fieldManager,
      force,
      create,
      from,
      flags,
      warn,
      io,
      deadline: waits ? deadline : undefined
    }
    const plan = await planWrite(cluster, name, options)
    const tried = await tryOut(cluster, plan, { dryRun, flags, io })
    const { planned } = tried
    const replacement = plan.stored ? replacementOf(plan.stored, planned, io.now()) : { changes: [] }
    if (dryRun === 'none' && !flags.replace) await refuseGrowth(name, replacement, io)
    if (plan.stored) keptFromOthers(tried.object, annotations, fieldManager).forEach(warn)
    const written =
      dryRun === 'none'
        ? await write(cluster, plan, flags, io)
        : { ...tried, object: planned.result as StoredVirtualService }
    await warnOfHazards(cluster, plan.stored, written.object)
    await report(name, written, { planned, plan, dryRun, replacement }, flags, io)
    if (dryRun === 'none') await waitForMirror(cluster, written.object, options.deadline, io)
    return 0
  } catch (error) {
    throw error instanceof ApiError
      ? new ApiError(error.status, { ...error.body, message: withFlags(error.message) })
      : error
  } finally {
    cluster.close()
  }
}

interface Attempt {
  readonly dryRun: DryRun
  readonly flags: EnableFlags
  readonly io: Io
}

interface Tried extends Written {
  readonly planned: Edit
}

/** Finds what would be mirrored, by a dry run. Throws for what must not be written. */
async function tryOut(cluster: Cluster, plan: PlannedWrite, { dryRun, flags, io }: Attempt): Promise<Tried> {
  const [written] = await Promise.all([
    dryRun === 'client' ? plan.local() : plan.dryRun(),
    plan.stored && refuseOwned(cluster, plan.stored, flags.force === true)
  ])
  const tried = written.object
  const planned = edit(tried, io.now(), plan.stored)
  if (planned.problems.length > 0) throw new UserError(planned.problems.map(formatAsFlag))
  const answered = isInjected(tried, planned) || dryRun === 'client'
  if (flags.direct && planned.intent?.until)
    await warnOfEnd(cluster, tried, { end: planned.intent.until, answered }, io)
  if (flags.direct && plan.stored) await limitsFor(cluster, plan.stored, planned)
  // Admission sent its own warnings, and knows the mesh. Without it, find them here.
  if (isInjected(tried, planned)) return { ...written, planned }
  if (!flags.direct && dryRun !== 'client') throw await notInjected(cluster, suggest('mirror check', flags), tried)
  if (plan.stored) await printWarnings(cluster, planned)
  return { ...written, planned }
}

async function write(
  cluster: Cluster,
  plan: PlannedWrite,
  { fieldManager, direct }: EnableFlags,
  io: Io
): Promise<Written> {
  const written = await plan.write()
  const { object } = written
  const wanted = edit(object, io.now(), plan.stored)
  if (wanted.problems.length > 0) throw new UserError(wanted.problems.map(formatProblem))
  // Its number may be new where the rules are the same.
  if (direct) await writeLimits(cluster, await limitsFor(cluster, object, wanted), fieldManager)
  if (isInjected(object, wanted)) {
    await awaitLimits(cluster, object, wanted, io)
    return written
  }
  if (isRoute(object)) {
    throw new UserError(
      `${subjectOf(object)} was written, but the webhook, which alone may mirror an HTTPRoute, did not mirror it; see kubectl mirror check`
    )
  }
  return { ...written, object: await writeEdit(cluster, object, wanted.result, { dryRun: false, fieldManager }) }
}

/** Compares the rules, too: the record names only targets, and survives an apply of other rules. */
function isInjected(object: StoredVirtualService, { result }: Edit): boolean {
  return patchBetween(object, result).length === 0
}

async function printWarnings(cluster: Cluster, { warnings, result }: Edit): Promise<void> {
  const object = result as StoredVirtualService
  const versions = await findVersions(cluster, object)
  const all = versions.flatMap(({ role, findings }) => (role === 'mirror' ? findings : []))
  // What limits copies is made with the mirror.
  const found = all.filter(({ code }) => code !== 'limitMissing')
  for (const one of [...warnings, ...found, ...hazardsIn(object, versions).map(describeHazard)])
    cluster.warn(formatProblem(one))
}

/** Where the annotations are new they have been said. What `--create` makes was not there yet. */
async function warnOfHazards(
  cluster: Cluster,
  stored: StoredVirtualService | undefined,
  object: StoredVirtualService
): Promise<void> {
  if (stored && asksAnew(object, stored)) return
  // What was written stays so, whether they can be read or not.
  const versions = await findVersions(cluster, object).catch((error: unknown) => {
    cluster.warn(`the hazards of this mirror are unknown: ${describeError(error)}`)
    return []
  })
  for (const one of hazardsIn(object, versions)) cluster.warn(formatProblem(describeHazard(one)))
}

interface Outcome {
  readonly planned: Edit
  readonly plan: PlannedWrite
  readonly dryRun: DryRun
  readonly replacement: Replacement
}

async function report(
  name: string,
  { object, needed = [] }: Written,
  { planned, plan, dryRun, replacement: { changes } }: Outcome,
  flags: EnableFlags,
  io: Io
): Promise<void> {
  const subject = subjectOf(object)
  const { output } = flags
  if (output === 'name') {
    const names = [...needed.map(subjectOfNeeded), subject]
    return void io.stdout.write(names.map((one) => `${one}\n`).join(''))
  }
  if (output !== undefined) return printObjects([...needed, object], output, io.stdout)
  const [first, ...rules] = summarise(planned, io.now(), flags.for)
  io.stdout.write([`${subject} mirrored ${first}${dryRunSuffix(dryRun)}`, ...rules, ''].join('\n'))
  for (const change of changes) io.stdout.write(`  changed: ${formatChange(change)}\n`)
  if (dryRun !== 'none' && !flags.replace && changes.some(({ grows }) => grows)) {
    io.stderr.write('Warning: this would copy more than now; without --dry-run it needs --replace\n')
  }
  if (plan.consequence !== undefined) io.stdout.write(`${plan.consequence}${dryRunSuffix(dryRun)}\n`)
  if (dryRun !== 'none' || !io.stdout.isTTY) return
  io.stdout.write(`Watch both versions: ${suggest(`mirror logs ${name}`, flags)}\n`)
}

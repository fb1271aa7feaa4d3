// `kubectl mirror enable`: asks admission what it would do, writes the annotations, and says what is mirrored now.
import { formatChange } from '../../mirror/changes.ts'
import { edit, type Edit } from '../../mirror/edit.ts'
import { patchBetween } from '../../mirror/patch.ts'
import { formatProblem } from '../../mirror/problem.ts'
import { connect, type Cluster } from '../client/client.ts'
import { draftFor, type Draft, type Drafted } from './enable-target.ts'
import { readDuration } from '../io/duration.ts'
import { ApiError, UserError } from '../io/errors.ts'
import type { GlobalFlags } from '../kubeconfig/global-flags.ts'
import type { Io } from '../io/io.ts'
import { checkFormat, dryRunSuffix, parseDryRun, printObjects, type DryRun } from '../io/output.ts'
import { refuseOwned } from '../resources/progressive-delivery.ts'
import { keptFromOthers, refuseGrowth, replacementOf, type Replacement } from './replacement.ts'
import { suggest } from '../client/suggest.ts'
import { summarise } from '../status/summary.ts'
import { DESTINATION_RULE, KIND, type StoredVirtualService } from '../resources/virtual-services.ts'
import { nobodyInjects } from '../resources/webhook-presence.ts'
import { warnOfEnd } from './warn-of-end.ts'
import { formatAsFlag, toAnnotations, withFlags, type WishFlags } from './enable-flags.ts'
import { waitForTargets } from './wait.ts'
import { writeEdit } from '../resources/virtual-service-writes.ts'
import { findVersions } from '../resources/versions.ts'

export interface EnableFlags extends GlobalFlags, WishFlags {
  readonly create?: boolean
  readonly direct?: boolean
  readonly force?: boolean
  readonly forceConflicts?: boolean
  readonly replace?: boolean
  readonly wait?: boolean
  readonly timeout: string
  readonly dryRun?: string | true
  readonly fieldManager: string
  readonly output?: string
}

export async function enable(name: string, flags: EnableFlags, io: Io): Promise<number> {
  const dryRun = parseDryRun(flags.dryRun)
  checkFormat(flags.output, ['json', 'name', 'yaml', 'jsonpath'])
  const timeout = readDuration(flags.timeout, '--timeout')
  const annotations = toAnnotations(flags, io.now())
  const { fieldManager, forceConflicts: force = false, create = false, from = [] } = flags
  const cluster = await connect(flags, io)
  try {
    const say = (text: string) => void io.stderr.write(`Warning: ${text}\n`)
    const deadline = io.now().getTime() + timeout
    const waits = flags.wait === true && dryRun === 'none'
    const options = {
      annotations,
      fieldManager,
      force,
      create,
      from,
      flags,
      say,
      io,
      deadline: waits ? deadline : undefined
    }
    const draft = await draftFor(cluster, name, options)
    const tried = await tryOut(cluster, draft, { dryRun, flags, io })
    const { planned } = tried
    const replacement = draft.stored ? replacementOf(draft.stored, planned, io.now()) : { changes: [] }
    if (dryRun === 'none' && !flags.replace) await refuseGrowth(name, replacement, io)
    if (draft.stored) keptFromOthers(tried.object, annotations, fieldManager).forEach(say)
    const written =
      dryRun === 'none'
        ? await write(cluster, draft, fieldManager, io)
        : { ...tried, object: planned.result as StoredVirtualService }
    await report(name, written, { planned, draft, dryRun, replacement }, flags, io)
    if (waits) await waitForTargets(cluster, written.object, deadline, io)
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

interface Tried extends Drafted {
  readonly planned: Edit
}

/** What would be mirrored. Refuses here what must not be written. */
async function tryOut(cluster: Cluster, draft: Draft, { dryRun, flags, io }: Attempt): Promise<Tried> {
  const [drafted] = await Promise.all([
    dryRun === 'client' ? draft.local() : draft.tryOut(),
    draft.stored && refuseOwned(cluster, draft.stored, flags.force === true)
  ])
  const tried = drafted.object
  const planned = edit(tried, io.now(), draft.stored)
  if (planned.problems.length > 0) throw new UserError(planned.problems.map(formatAsFlag))
  const answered = isInjected(tried, planned) || dryRun === 'client'
  if (flags.direct && planned.intent?.until)
    await warnOfEnd(cluster, tried, { end: planned.intent.until, answered }, io)
  // Admission has said its own warnings, with what it knows of the mesh; without it they are ours to find.
  if (isInjected(tried, planned)) return { ...drafted, planned }
  if (!flags.direct && dryRun !== 'client')
    throw await nobodyInjects(cluster, suggest('mirror check', flags), tried.metadata.labels)
  if (draft.stored) await warn(cluster, planned, io)
  return { ...drafted, planned }
}

async function write(cluster: Cluster, draft: Draft, fieldManager: string, io: Io): Promise<Drafted> {
  const made = await draft.write()
  const written = made.object
  const wanted = edit(written, io.now(), draft.stored)
  if (wanted.problems.length > 0) throw new UserError(wanted.problems.map(formatProblem))
  if (isInjected(written, wanted)) return made
  return { ...made, object: await writeEdit(cluster, written, wanted.result, { dryRun: false, fieldManager }) }
}

/** By its rules, too: the record names targets alone, and stays when somebody applies other rules. */
function isInjected(object: StoredVirtualService, { result }: Edit): boolean {
  return patchBetween(object, result).length === 0
}

async function warn(cluster: Cluster, { warnings, result }: Edit, io: Io): Promise<void> {
  const versions = await findVersions(cluster, result as StoredVirtualService)
  const found = versions.flatMap(({ role, findings }) => (role === 'mirror' ? findings : []))
  for (const one of [...warnings, ...found]) io.stderr.write(`Warning: ${formatProblem(one)}\n`)
}

interface Outcome {
  readonly planned: Edit
  readonly draft: Draft
  readonly dryRun: DryRun
  readonly replacement: Replacement
}

async function report(
  name: string,
  { object, rule }: Drafted,
  { planned, draft, dryRun, replacement: { changes } }: Outcome,
  flags: EnableFlags,
  io: Io
): Promise<void> {
  const subject = `${KIND}/${object.metadata.name}`
  const { output } = flags
  if (output === 'name') {
    const names = rule ? [`${DESTINATION_RULE}/${rule.metadata.name}`, subject] : [subject]
    return void io.stdout.write(names.map((one) => `${one}\n`).join(''))
  }
  if (output !== undefined) return printObjects(rule ? [rule, object] : [object], output, io.stdout)
  const [first, ...rules] = summarise(planned, io.now(), flags.for)
  io.stdout.write([`${subject} mirrored ${first}${dryRunSuffix(dryRun)}`, ...rules, ''].join('\n'))
  for (const change of changes) io.stdout.write(`  changed: ${formatChange(change)}\n`)
  if (dryRun !== 'none' && !flags.replace && changes.some(({ grows }) => grows)) {
    io.stderr.write('Warning: more would be copied than now: without --dry-run this asks for --replace\n')
  }
  if (draft.consequence !== undefined) io.stdout.write(`${draft.consequence}${dryRunSuffix(dryRun)}\n`)
  if (dryRun !== 'none' || !io.stdout.isTTY) return
  io.stdout.write(`See both versions answer: ${suggest(`mirror logs ${name}`, flags)}\n`)
}

// `kubectl mirror enable`: asks admission what it would do, writes the annotations, and says what is mirrored now.
import { edit, type Edit } from '../mirror/edit.ts'
import { patchBetween } from '../mirror/patch.ts'
import { formatProblem } from '../mirror/problem.ts'
import { connect, type Cluster } from './cluster.ts'
import { draftFor, type Draft } from './draft.ts'
import { readDuration } from './duration.ts'
import { ApiError, UserError } from './errors.ts'
import type { GlobalFlags } from './global-flags.ts'
import type { Io } from './io.ts'
import { checkFormat, dryRunSuffix, parseDryRun, printValue, withoutManagedFields, type DryRun } from './output.ts'
import { refuseOwned } from './owners.ts'
import { suggest } from './suggest.ts'
import { summarise } from './summary.ts'
import { KIND, type StoredVirtualService } from './virtual-services.ts'
import { findWebhook, nobodyInjects, whoEnds } from './webhook-presence.ts'
import { formatAsFlag, toAnnotations, withFlags, type WishFlags } from './wish.ts'
import { waitForTargets } from './wait.ts'
import { writeEdit } from './writes.ts'
import { findVersions } from './workloads.ts'

export interface EnableFlags extends GlobalFlags, WishFlags {
  readonly create?: boolean
  readonly direct?: boolean
  readonly force?: boolean
  readonly forceConflicts?: boolean
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
    const draft = await draftFor(cluster, name, { annotations, fieldManager, force, create, from, flags, say })
    const planned = await tryOut(cluster, draft, { dryRun, flags, io })
    const written = dryRun === 'none' ? await write(cluster, draft, fieldManager, io) : planned.result
    await report(name, written as StoredVirtualService, { planned, draft, dryRun }, flags, io)
    if (flags.wait && dryRun === 'none') await waitForTargets(cluster, written as StoredVirtualService, timeout, io)
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

/** What would be mirrored. Refuses here what must not be written. */
async function tryOut(cluster: Cluster, draft: Draft, { dryRun, flags, io }: Attempt): Promise<Edit> {
  const [tried] = await Promise.all([
    dryRun === 'client' ? draft.local() : draft.tryOut(),
    draft.stored && refuseOwned(cluster, draft.stored, flags.force === true)
  ])
  const planned = edit(tried, io.now(), draft.stored)
  if (planned.problems.length > 0) throw new UserError(planned.problems.map(formatAsFlag))
  if (flags.direct && planned.intent?.until) await warnOfEnd(cluster, tried, planned.intent.until, io)
  // Admission has said its own warnings, with what it knows of the mesh; without it they are ours to find.
  if (isInjected(tried, planned)) return planned
  if (!flags.direct && dryRun !== 'client')
    throw await nobodyInjects(cluster, suggest('mirror check', flags), tried.metadata.labels)
  if (draft.stored) await warn(cluster, planned, io)
  return planned
}

async function write(cluster: Cluster, draft: Draft, fieldManager: string, io: Io): Promise<StoredVirtualService> {
  const written = await draft.write()
  const wanted = edit(written, io.now(), draft.stored)
  if (wanted.problems.length > 0) throw new UserError(wanted.problems.map(formatProblem))
  if (isInjected(written, wanted)) return written
  return writeEdit(cluster, written, wanted.result, { dryRun: false, fieldManager })
}

/** By its rules, too: the record names targets alone, and stays when somebody applies other rules. */
function isInjected(object: StoredVirtualService, { result }: Edit): boolean {
  return patchBetween(object, result).length === 0
}

/** Who may not look at webhooks is told what it depends on. */
async function warnOfEnd(cluster: Cluster, { metadata }: StoredVirtualService, end: Date, io: Io): Promise<void> {
  const mirror = { name: metadata.name, namespace: metadata.namespace, until: end.toISOString() }
  const webhook = await findWebhook(cluster).catch((error: unknown) => {
    if (!(error instanceof ApiError)) throw error
    return 'unread' as const
  })
  const disable = cluster.command(`mirror disable ${mirror.name} -n ${mirror.namespace}`)
  const said =
    webhook === 'unread'
      ? `you may not see whether a webhook is installed; without one nothing ends this mirror at ${mirror.until}: run then ${disable}`
      : whoEnds(cluster, webhook, mirror)
  if (said !== undefined) io.stderr.write(`Warning: ${said}\n`)
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
}

async function report(
  name: string,
  written: StoredVirtualService,
  { planned, draft, dryRun }: Outcome,
  flags: EnableFlags,
  io: Io
): Promise<void> {
  const subject = `${KIND}/${written.metadata.name}`
  const { output } = flags
  if (output === 'name') return void io.stdout.write(`${subject}\n`)
  if (output !== undefined) return printValue(withoutManagedFields(written), output, io.stdout)
  const [first, ...rules] = summarise(planned, io.now(), flags.for)
  io.stdout.write([`${subject} mirrored ${first}${dryRunSuffix(dryRun)}`, ...rules, ''].join('\n'))
  if (draft.consequence !== undefined) io.stdout.write(`${draft.consequence}${dryRunSuffix(dryRun)}\n`)
  if (dryRun !== 'none' || !io.stdout.isTTY) return
  io.stdout.write(`See both versions answer: ${suggest(`mirror logs ${name}`, flags)}\n`)
}

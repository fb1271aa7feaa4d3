// `kubectl mirror enable`: asks admission what it would do, writes the annotations, and says what is mirrored now.
import { ANNOTATIONS, askedAnnotations } from '../mirror/annotations.ts'
import { edit, type Edit } from '../mirror/edit.ts'
import { formatProblem } from '../mirror/problem.ts'
import { withAnnotations, type Annotations } from '../mirror/virtual-service.ts'
import { connect, type Cluster } from './cluster.ts'
import { UserError } from './errors.ts'
import type { GlobalFlags } from './global-flags.ts'
import type { Io } from './io.ts'
import { checkFormat, dryRunSuffix, parseDryRun, printValue, withoutManagedFields, type DryRun } from './output.ts'
import { refuseOwned } from './owners.ts'
import { summarise } from './summary.ts'
import { findVirtualService, KIND, type StoredVirtualService } from './virtual-services.ts'
import { nobodyInjects } from './webhook-presence.ts'
import { formatAsFlag, toAnnotations, type WishFlags } from './wish.ts'
import { applyAnnotations, writeEdit } from './writes.ts'
import { findVersions } from './workloads.ts'

export interface EnableFlags extends GlobalFlags, WishFlags {
  readonly direct?: boolean
  readonly force?: boolean
  readonly forceConflicts?: boolean
  readonly dryRun?: string
  readonly fieldManager: string
  readonly output?: string
}

export async function enable(name: string, flags: EnableFlags, io: Io): Promise<number> {
  const dryRun = parseDryRun(flags.dryRun)
  checkFormat(flags.output, ['json', 'name', 'yaml', 'jsonpath'])
  const annotations = toAnnotations(flags, io.now())
  const cluster = await connect(flags, io)
  try {
    const object = await findVirtualService(cluster, name)
    const [tried] = await Promise.all([
      tryOut(cluster, object, annotations, flags, dryRun),
      refuseOwned(cluster, object, flags.force === true)
    ])
    const planned = edit(tried, io.now(), object)
    if (planned.problems.length > 0) throw new UserError(planned.problems.map(formatAsFlag))
    const injected = isInjected(tried, planned)
    if (!injected && !flags.direct && dryRun !== 'client') {
      throw await nobodyInjects(cluster, `kubectl mirror enable ${name} --to ${flags.to?.join(',')}`)
    }
    const written = dryRun === 'none' ? await write(cluster, object, annotations, flags, io) : planned.result
    // Admission has said its own warnings, with what it knows of the mesh; without it they are ours to find.
    if (!injected) await warn(cluster, planned, io)
    await report(name, written as StoredVirtualService, planned, dryRun, flags, io)
    return 0
  } finally {
    cluster.close()
  }
}

/** What would be stored: as admission says, or without asking it. */
async function tryOut(
  cluster: Cluster,
  object: StoredVirtualService,
  annotations: Annotations,
  { fieldManager, forceConflicts = false }: EnableFlags,
  dryRun: DryRun
): Promise<StoredVirtualService> {
  if (dryRun !== 'client') {
    return applyAnnotations(cluster, object, annotations, { dryRun: true, fieldManager, force: forceConflicts })
  }
  const { [ANNOTATIONS.injected]: _, ...others } = object.metadata.annotations ?? {}
  return withAnnotations(object, { ...others, ...annotations }) as StoredVirtualService
}

async function write(
  cluster: Cluster,
  object: StoredVirtualService,
  annotations: Annotations,
  { fieldManager, forceConflicts = false }: EnableFlags,
  io: Io
): Promise<StoredVirtualService> {
  const options = { dryRun: false, fieldManager }
  const written = await applyAnnotations(cluster, object, annotations, { ...options, force: forceConflicts })
  const wanted = edit(written, io.now(), object)
  if (wanted.problems.length > 0) throw new UserError(wanted.problems.map(formatProblem))
  return isInjected(written, wanted) ? written : writeEdit(cluster, written, wanted.result, options)
}

function isInjected(object: StoredVirtualService, { result }: Edit): boolean {
  return object.metadata.annotations?.[ANNOTATIONS.injected] === result.metadata.annotations?.[ANNOTATIONS.injected]
}

async function warn(cluster: Cluster, { warnings, result }: Edit, io: Io): Promise<void> {
  const versions = await findVersions(cluster, result as StoredVirtualService)
  const unknown = versions.flatMap(({ role, problem }) => (role === 'mirror' && problem ? [problem] : []))
  for (const one of [...warnings, ...unknown]) io.stderr.write(`Warning: ${formatProblem(one)}\n`)
}

async function report(
  name: string,
  written: StoredVirtualService,
  planned: Edit,
  dryRun: DryRun,
  { output, to }: EnableFlags,
  io: Io
): Promise<void> {
  const subject = `${KIND}/${written.metadata.name}`
  if (output === 'name') return void io.stdout.write(`${subject}\n`)
  if (output !== undefined) return printValue(withoutManagedFields(written), output, io.stdout)
  const [first, ...rules] = summarise(planned, io.now())
  io.stdout.write([`${subject} mirrored ${first}${dryRunSuffix(dryRun)}`, ...rules, ''].join('\n'))
  const others = Object.keys(askedAnnotations(written.metadata.annotations)).length
  if (dryRun === 'none' && to && others > 0 && io.stdout.isTTY) {
    io.stdout.write(`See both versions answer: kubectl mirror logs ${name}\n`)
  }
}

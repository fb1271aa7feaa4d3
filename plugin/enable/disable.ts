// `kubectl mirror disable`: removes the annotations, and makes sure that what remains is the base.
import { PREFIX } from '../../mirror/annotations.ts'
import { limitedVersion } from '../../mirror/limited-subset.ts'
import { recordOf } from '../../mirror/record.ts'
import { strip } from '../../mirror/strip.ts'
import { readTarget } from '../../mirror/target.ts'
import { kindOf, readRules } from '../../mirror/kind-of.ts'
import { connect, type Cluster } from '../client/client.ts'
import { mirrorsOf } from '../resources/destinations.ts'
import { describeError, UserError } from '../io/errors.ts'
import { FORMATS, type DisableFlags } from './flags.ts'
import type { Io } from '../io/io.ts'
import { dryRunSuffix, parseDryRun, type DryRun } from '../io/kubectl-flags.ts'
import { checkFormat, printObjects } from '../io/output.ts'
import { labelOf } from '../status/summary.ts'
import { removeLimits } from './limits.ts'
import { isCreated, removeCreated, type Labelled } from './create-undo.ts'
import {
  findVirtualService,
  listBoth,
  objectPath,
  subjectOf,
  type StoredVirtualService
} from '../resources/virtual-services.ts'
import { isConflict, removeAnnotations, writeEdit, type WriteOptions } from '../resources/virtual-service-writes.ts'

export async function disable(names: readonly string[], flags: DisableFlags, io: Io): Promise<number> {
  const dryRun = parseDryRun(flags.dryRun)
  checkFormat(flags.output, FORMATS)
  checkChoice(names, flags)
  const cluster = await connect(flags, io)
  try {
    const several = names.length === 0
    const wanted = several ? await listMirrored(cluster, flags) : names
    if (wanted.length === 0) io.stderr.write('No mirrored VirtualServices found.\n')
    let failed = false
    const shown: Labelled[] = []
    for (const one of wanted) {
      try {
        const object = typeof one === 'string' ? await findVirtualService(cluster, one) : one
        if (flags.created && isCreated(object)) {
          await removeCreated(cluster, object, dryRun, (subject, deleted) => {
            if (printsObjects(flags)) shown.push(deleted)
            else io.stdout.write(describeDeleted(subject, dryRun, flags))
          })
          continue
        }
        const base = await removeMirror(cluster, object, flags, dryRun)
        if (printsObjects(flags)) shown.push(base ?? object)
        else report(object, base, dryRun, flags, io)
      } catch (error) {
        if (io.signal.aborted) throw error
        // One failure must not keep the others mirrored.
        io.stderr.write(`${describeError(error)}\n`)
        failed = true
      }
    }
    if (flags.output !== undefined && shown.length > 0) await printObjects(shown, flags.output, io.stdout)
    return failed ? 1 : 0
  } finally {
    cluster.close()
  }
}

function checkChoice(names: readonly string[], { all, allNamespaces, selector }: DisableFlags): void {
  // An empty variable in a script must not end every mirror.
  if (selector?.trim() === '') throw new UserError('-l: an empty selector selects everything; use --all or -A for that')
  const wide = all || allNamespaces || selector !== undefined
  if (names.length === 0 && !wide) throw new UserError('name a VirtualService, or use --all, -A or -l')
  if (names.length > 0 && wide) throw new UserError('a name cannot be combined with --all, -A or -l')
}

async function listMirrored(cluster: Cluster, flags: DisableFlags): Promise<StoredVirtualService[]> {
  const found: StoredVirtualService[] = []
  const namespace = flags.allNamespaces ? undefined : cluster.namespace
  for await (const { items } of listBoth(cluster, namespace, { labelSelector: flags.selector })) {
    for (const object of items) {
      if (withoutOurs(object) !== object || (flags.created && isCreated(object))) found.push(object)
    }
  }
  return found
}

/** Conflicting writes by others before we give up. kubectl's own writes allow as many. */
const ATTEMPTS = 5

/** The base; undefined: the object has nothing of ours. */
async function removeMirror(
  cluster: Cluster,
  found: StoredVirtualService,
  { fieldManager }: DisableFlags,
  dryRun: DryRun
): Promise<StoredVirtualService | undefined> {
  let object = found
  for (let attempt = 1; ; attempt++) {
    const base = withoutOurs(object)
    if (base === object) return undefined
    if (dryRun === 'client') return base
    try {
      const options = { dryRun: dryRun === 'server', fieldManager }
      const tried = await removeAnnotations(cluster, object, { ...options, dryRun: true })
      const stripped = strip(tried, object)
      if (options.dryRun) return stripped
      // No webhook stripped it, so do both in one write: between two, the record could vanish while the mirror stays.
      if (stripped !== tried) return await writeBase(cluster, object, base, options)
      const written = await removeAnnotations(cluster, object, options)
      const left = strip(written, object)
      return left === written ? written : await writeBase(cluster, written, left, options)
    } catch (error) {
      if (!isConflict(error) || attempt === ATTEMPTS) throw error
      object = withRecord(await cluster.request('GET', objectPath(object)), object)
    }
  }
}

/** The limits last: a copy for which there is none is dropped. */
async function writeBase(
  cluster: Cluster,
  object: StoredVirtualService,
  base: StoredVirtualService,
  options: WriteOptions
): Promise<StoredVirtualService> {
  const written = await writeEdit(cluster, object, base, options)
  const targets = (recordOf(object) ?? '').split(',').map((text) => readTarget(text))
  if (targets.some((target) => limitedVersion(target?.subset))) await removeLimits(cluster, object)
  return written
}

/** Restores the record: our first write may have removed it just before the webhook went away. */
function withRecord(now: StoredVirtualService, before: StoredVirtualService): StoredVirtualService {
  const ours = Object.entries(before.metadata.annotations ?? {}).filter(([key]) => key.startsWith(PREFIX))
  return {
    ...now,
    metadata: { ...now.metadata, annotations: { ...Object.fromEntries(ours), ...now.metadata.annotations } }
  }
}

/** The same object if nothing in it is ours. */
function withoutOurs(object: StoredVirtualService): StoredVirtualService {
  const stripped = strip(object)
  const entries = Object.entries(stripped.metadata.annotations ?? {})
  const annotations = Object.fromEntries(entries.filter(([key]) => !key.startsWith(PREFIX)))
  if (Object.keys(annotations).length === entries.length) return stripped
  return { ...stripped, metadata: { ...stripped.metadata, annotations } }
}

function printsObjects({ output }: DisableFlags): boolean {
  return output !== undefined && output !== 'name'
}

function describeDeleted(subject: string, dryRun: DryRun, { output }: DisableFlags): string {
  const [kind, name] = subject.split('/')
  return output === 'name' ? `${subject}\n` : `${kind} "${name}" deleted${dryRunSuffix(dryRun)}\n`
}

function report(
  object: StoredVirtualService,
  base: StoredVirtualService | undefined,
  dryRun: DryRun,
  { output, allNamespaces }: DisableFlags,
  io: Io
): void {
  const { namespace } = object.metadata
  const subject = subjectOf(object)
  if (output === 'name') return void io.stdout.write(`${subject}\n`)
  if (base !== undefined) {
    const where = allNamespaces ? ` in ${namespace} namespace` : ''
    io.stdout.write(`${subject} no longer mirrored${where}${dryRunSuffix(dryRun)}\n`)
    if (isCreated(object)) io.stdout.write(`It was created by enable --create; to delete it, add --created\n`)
    return
  }
  const own = [...new Set(readRules(object).flatMap(mirrorsOf).map(labelOf))]
  const hint =
    own.length > 0
      ? `; its mirror to ${own.join(', ')} was not made by kubectl-mirror: edit spec.${kindOf(object).rulesAt}`
      : ''
  io.stdout.write(`${subject} unchanged (not mirrored by kubectl-mirror${hint})\n`)
}

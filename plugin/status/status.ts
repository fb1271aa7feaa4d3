// `kubectl mirror status`: which VirtualServices mirror what, and whether it works. Reads page by page.
import { connect, type Cluster } from '../client/client.ts'
import { UserError } from '../io/errors.ts'
import { FORMATS, type StatusFlags } from './flags.ts'
import type { Io } from '../io/io.ts'
import { StatusReader } from './status-reader.ts'
import { checkFormat } from '../io/output.ts'
import type { MirrorStatus } from './mirror-status.ts'
import { StatusPrinter } from './status-printer.ts'
import { followStatuses } from './status-watch.ts'
import { findVirtualService, listBoth, type StoredVirtualService } from '../resources/virtual-services.ts'

export async function status(names: readonly string[], flags: StatusFlags, io: Io): Promise<number> {
  checkFormat(flags.output, FORMATS)
  checkChoice(names, flags)
  const cluster = await connect(flags, io)
  try {
    const namespace = flags.allNamespaces ? undefined : cluster.namespace
    const reader = new StatusReader(cluster, io, namespace)
    const finding = names.map((name) => findVirtualService(cluster, name))
    const objects = names.length > 0 ? await Promise.all(finding) : undefined
    const statuses = objects ? await readEach(objects, reader) : await readAll(cluster, namespace, flags, reader)
    const printer = new StatusPrinter(flags, io)
    if (objects) sayUnmirrored(objects, statuses, flags, io)
    else if (statuses.length === 0 && !flags.watch && isForPeople(flags)) {
      io.stderr.write(
        `No mirrored VirtualServices found${namespace === undefined ? '' : ` in ${namespace} namespace`}.\n`
      )
    }
    // Programs get an empty List, as from kubectl; with --watch the header is printed at once.
    if (statuses.length > 0 || flags.watch || !isForPeople(flags)) await printer.print(statuses, names.length === 1)
    if (flags.watch) await followStatuses(cluster, { objects, namespace, flags, reader, printer, io }, statuses)
    return 0
  } finally {
    cluster.close()
  }
}

/** In kubectl's words. */
function checkChoice(names: readonly string[], { allNamespaces, selector }: StatusFlags): void {
  if (names.length === 0) return
  if (allNamespaces) throw new UserError('a resource cannot be retrieved by name across all namespaces')
  if (selector !== undefined) throw new UserError('name cannot be provided when a selector is specified')
}

function isForPeople({ output }: StatusFlags): boolean {
  return output === undefined || output === 'wide' || output === 'name'
}

/** How many to read at once: each may list the pods of its targets. */
const AT_ONCE = 20

async function readEach(objects: readonly StoredVirtualService[], reader: StatusReader): Promise<MirrorStatus[]> {
  const statuses: MirrorStatus[] = []
  for (let at = 0; at < objects.length; at += AT_ONCE) {
    const read = await Promise.all(objects.slice(at, at + AT_ONCE).map((object) => reader.status(object)))
    statuses.push(...read.filter((one) => one !== undefined))
  }
  return statuses
}

async function readAll(
  cluster: Cluster,
  namespace: string | undefined,
  flags: StatusFlags,
  reader: StatusReader
): Promise<MirrorStatus[]> {
  const statuses: MirrorStatus[] = []
  for await (const { items } of listBoth(cluster, namespace, { labelSelector: flags.selector })) {
    for (const one of await readEach(items, reader)) statuses.push(one)
  }
  return statuses
}

function sayUnmirrored(
  objects: readonly StoredVirtualService[],
  statuses: readonly MirrorStatus[],
  { watch }: StatusFlags,
  io: Io
): void {
  const mirrored = new Set(statuses.map(({ name }) => name))
  const others = objects.map(({ metadata }) => metadata.name).filter((name) => !mirrored.has(name))
  if (others.length > 0) io.stderr.write(`${others.join(', ')}: not mirrored${watch ? ' yet' : ''}.\n`)
}

// `kubectl mirror status`: which VirtualServices mirror what, and whether it works. Reads page by page.
import { connect, type Cluster } from './cluster.ts'
import { ApiError } from './errors.ts'
import type { GlobalFlags } from './global-flags.ts'
import type { Io } from './io.ts'
import { Judge } from './judge.ts'
import { checkFormat } from './output.ts'
import type { MirrorStatus } from './state.ts'
import { StatusPrinter } from './status-printer.ts'
import { followStatuses } from './status-watch.ts'
import { collectionPath, crdMissing, findVirtualService, type StoredVirtualService } from './virtual-services.ts'

export interface StatusFlags extends GlobalFlags {
  readonly allNamespaces?: boolean
  readonly selector?: string
  readonly output?: string
  readonly watch?: boolean
  readonly headers?: boolean
}

export async function status(names: readonly string[], flags: StatusFlags, io: Io): Promise<number> {
  checkFormat(flags.output, ['json', 'name', 'wide', 'yaml', 'jsonpath'])
  const cluster = await connect(flags, io)
  try {
    const namespace = flags.allNamespaces ? undefined : cluster.namespace
    const judge = new Judge(cluster, io, names.length > 0 ? cluster.namespace : namespace)
    const found =
      names.length > 0 ? await readNamed(cluster, names, judge) : await readAll(cluster, namespace, flags, judge)
    const printer = new StatusPrinter(flags, io)
    if (found.statuses.length === 0 && !flags.watch) sayNothingFound(names, namespace, io)
    else await printer.print(found.statuses, names.length === 1)
    if (flags.watch) await followStatuses(cluster, { names, namespace, flags, judge, printer, io }, found)
    return 0
  } finally {
    cluster.close()
  }
}

export interface Found {
  readonly statuses: MirrorStatus[]
  /** Where a watch goes on; empty: from the present state. */
  readonly resourceVersion: string
}

async function readNamed(cluster: Cluster, names: readonly string[], judge: Judge): Promise<Found> {
  const statuses = await Promise.all(names.map(async (name) => judge.status(await findVirtualService(cluster, name))))
  return { statuses: statuses.filter((one) => one !== undefined), resourceVersion: '' }
}

async function readAll(
  cluster: Cluster,
  namespace: string | undefined,
  flags: StatusFlags,
  judge: Judge
): Promise<Found> {
  const statuses: MirrorStatus[] = []
  let resourceVersion = ''
  try {
    const query = { labelSelector: flags.selector }
    for await (const page of cluster.list<StoredVirtualService>(collectionPath(namespace), { query })) {
      for (const object of page.items) statuses.push(...[await judge.status(object)].filter((one) => one !== undefined))
      resourceVersion = page.resourceVersion
    }
    return { statuses, resourceVersion }
  } catch (error) {
    throw error instanceof ApiError && error.status === 404 && error.reason === '' ? crdMissing(error) : error
  }
}

function sayNothingFound(names: readonly string[], namespace: string | undefined, io: Io): void {
  const where = namespace === undefined ? '' : ` in ${namespace} namespace`
  io.stderr.write(
    names.length > 0 ? `${names.join(', ')}: not mirrored.\n` : `No mirrored VirtualServices found${where}.\n`
  )
}

// `status -w`: a row whenever a status changes, as `kubectl get -w` has it.
import { kindOf } from '../../mirror/kind-of.ts'
import type { Cluster } from '../client/client.ts'
import { describeError, isRefusal } from '../io/errors.ts'
import { watchObjects } from '../resources/object-watch.ts'
import type { Io } from '../io/io.ts'
import type { StatusReader } from './status-reader.ts'
import type { MirrorStatus } from './mirror-status.ts'
import type { StatusPrinter } from './status-printer.ts'
import { asRefusal, collectionPath, KINDS, type Kind } from '../resources/route-kinds.ts'
import { isRoute, type StoredVirtualService } from '../resources/virtual-services.ts'

export interface Following {
  /** Undefined: all of them. */
  readonly objects: readonly StoredVirtualService[] | undefined
  readonly namespace: string | undefined
  readonly flags: { readonly selector?: string }
  readonly reader: StatusReader
  readonly printer: StatusPrinter
  readonly io: Io
}

/** Milliseconds. Mirrors expire, and targets come and go, without a change of the VirtualService. */
const RECHECK = 10_000

/** Runs until Ctrl-C, and retries after errors. `found` has been printed already. */
export async function followStatuses(
  cluster: Cluster,
  following: Following,
  found: readonly MirrorStatus[]
): Promise<void> {
  const { objects, namespace, flags, io } = following
  const rows = new Rows(following, found)
  const recheck = setInterval(() => rows.recheck(), RECHECK)
  try {
    const watch = (kind: Kind): Promise<void> =>
      watchObjects<StoredVirtualService>({
        cluster,
        path: collectionPath(namespace, kind),
        query: { labelSelector: flags.selector },
        signal: io.signal,
        // What it watches was read just now.
        isFinal: isRefusal,
        onObject: (object) => rows.changed(object),
        onGone: (uid) => rows.gone(uid),
        onBroken: (error) => rows.broken(error),
        onAnswered: () => rows.answered()
      })
    const kinds = objects ? new Set(objects.map((object) => kindOf(object).name)) : KINDS
    // What is refused was said before; the other kind is watched, if there is one.
    const refusals = await Promise.all(
      Array.from(kinds, (kind) => watch(kind).catch((error: unknown) => asRefusal(cluster, kind, error)))
    )
    const [refusal] = refusals
    if (refusals.every((one) => one)) throw refusal!
  } finally {
    clearInterval(recheck)
    await rows.printed()
  }
}

interface Followed {
  readonly key: string
  /** Undefined: it was deleted. */
  readonly object: StoredVirtualService | undefined
}

/** Reads one status at a time, so that rows appear in the order of the changes. */
class Rows {
  readonly #following: Following
  readonly #keys: ReadonlySet<string> | undefined
  readonly #known: Map<string, MirrorStatus>
  /** By uid: objects that have a status, or whose status is still to be read. */
  readonly #followed = new Map<string, Followed>()
  readonly #waiting = new Set<string>()
  #turn = Promise.resolve()
  #isBroken = false

  constructor(following: Following, found: readonly MirrorStatus[]) {
    this.#following = following
    // By the objects found, however their names were typed.
    this.#keys = following.objects && new Set(following.objects.map(keyOfObject))
    this.#known = new Map(found.map((status) => [keyOf(status), status]))
  }

  changed(object: StoredVirtualService): void {
    const key = keyOfObject(object)
    if (this.#keys?.has(key) !== false) this.#take(object.metadata.uid, { key, object })
  }

  gone(uid: string): void {
    const followed = this.#followed.get(uid)
    if (followed) this.#take(uid, { ...followed, object: undefined })
  }

  recheck(): void {
    for (const [uid, followed] of this.#followed) this.#take(uid, followed)
  }

  /** Warns once per outage. */
  broken(error: unknown): void {
    const { io } = this.#following
    if (!this.#isBroken && !io.signal.aborted) io.stderr.write(`Warning: trying again: ${describeError(error)}\n`)
    this.#isBroken = true
  }

  answered(): void {
    this.#isBroken = false
  }

  printed(): Promise<void> {
    return this.#turn
  }

  #take(uid: string, followed: Followed): void {
    this.#followed.set(uid, followed)
    this.#waiting.add(uid)
    this.#turn = this.#turn.then(() => this.#readWaiting()).catch((error: unknown) => this.broken(error))
  }

  async #readWaiting(): Promise<void> {
    if (this.#waiting.size === 0) return
    const uids = [...this.#waiting]
    this.#waiting.clear()
    this.#following.reader.forget()
    for (const uid of uids) await this.#update(uid, this.#followed.get(uid)!)
  }

  async #update(uid: string, { key, object }: Followed): Promise<void> {
    const { reader, printer } = this.#following
    const status = object && (await reader.status(object))
    const change = changeOf(this.#known.get(key), status)
    if (status) this.#known.set(key, status)
    else {
      this.#known.delete(key)
      if (!this.#waiting.has(uid)) this.#followed.delete(uid)
    }
    if (change) await printer.print([change], true)
  }
}

function keyOf({ kind = 'VirtualService', namespace, name }: Keyed): string {
  return `${kind} ${namespace}/${name}`
}

interface Keyed {
  readonly kind?: string
  readonly namespace: string
  readonly name: string
}

function keyOfObject(object: StoredVirtualService): string {
  const { namespace, name } = object.metadata
  return keyOf({ ...(isRoute(object) && { kind: 'HTTPRoute' }), namespace, name })
}

function changeOf(before: MirrorStatus | undefined, now: MirrorStatus | undefined): MirrorStatus | undefined {
  if (now) return JSON.stringify(now) === JSON.stringify(before) ? undefined : now
  return before && { ...before, state: { code: 'Ended' }, rules: { ...before.rules, mirrored: 0 } }
}

// Follows a collection of the Kubernetes API: list, watch, and again, for ever. Knows no kind; keeps no object.
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError, type Cluster } from './cluster.ts'
import { readLines } from './lines.ts'

export interface Source {
  /** `/apis/networking.istio.io/v1/virtualservices` */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Only metadata is sent: a cluster's ten thousand objects then stay small. */
  readonly metadataOnly?: boolean
}

export interface Sink<T> {
  /** A whole list begins; what is not put before its end no longer exists. */
  begin(): void
  put(object: T): void
  end(): void
  drop(object: T): void
}

export interface FollowOptions {
  readonly signal: AbortSignal
  /** The API server has said how things are, if only that nothing happened. */
  readonly heard: () => void
  readonly failed: (error: unknown) => void
}

interface Meta {
  readonly metadata: { readonly resourceVersion?: string }
}

const PAGE = 500
/** The server ends each watch by itself after this, and it says something (a bookmark) about every minute. */
const WATCH_SECONDS = 300
const SILENCE_MS = 150_000
const LONGEST_PAUSE_MS = 15_000

/** Returns when the signal says so, and only then. client-node's informers stop for good on most errors. */
export async function follow<T>(
  cluster: Cluster,
  source: Source,
  sink: Sink<T>,
  options: FollowOptions
): Promise<void> {
  const { signal, heard, failed } = options
  const place: { version?: string } = {}
  let failures = 0
  // An opened watch says nothing yet: it may end with an error each time.
  const informed = (): void => {
    heard()
    failures = 0
  }
  while (!signal.aborted) {
    try {
      if (place.version === undefined) {
        place.version = await list(cluster, source, sink, signal)
        informed()
      }
      await watch(cluster, source, sink, place, signal, informed)
      informed()
    } catch (error) {
      if (signal.aborted) return
      // 410: what we saw last is too old to go on from.
      if (error instanceof ApiError && error.status === 410) delete place.version
      else failed(error)
      const pause = Math.min(LONGEST_PAUSE_MS, 250 * 2 ** failures++) * (0.75 + Math.random() / 2)
      await sleep(pause, undefined, { signal }).catch(() => undefined)
    }
  }
}

/** The version that the list is of: a watch goes on from there. */
async function list<T>(cluster: Cluster, source: Source, sink: Sink<T>, signal: AbortSignal): Promise<string> {
  const accept = source.metadataOnly
    ? 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
    : 'application/json'
  sink.begin()
  for (let token = ''; ;) {
    const query = { ...source.query, limit: String(PAGE), ...(token && { continue: token }) }
    const page = (await cluster.send('GET', pathOf(source, query), { accept, signal })) as {
      readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
      readonly items?: readonly T[]
    }
    for (const object of page.items ?? []) sink.put(object)
    token = page.metadata.continue ?? ''
    if (token !== '') continue
    sink.end()
    return page.metadata.resourceVersion
  }
}

/** Returns when the server ends the watch, which it does in turn; throws when anything else ends it. */
async function watch<T>(
  cluster: Cluster,
  source: Source,
  sink: Sink<T>,
  place: { version?: string },
  signal: AbortSignal,
  informed: () => void
): Promise<void> {
  const accept = source.metadataOnly
    ? 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
    : 'application/json'
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(new Error(`nothing heard for ${SILENCE_MS / 1000} s`)), SILENCE_MS)
  const query = {
    ...source.query,
    watch: '1',
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(WATCH_SECONDS),
    resourceVersion: place.version ?? ''
  }
  try {
    const either = AbortSignal.any([signal, silence.signal])
    for await (const line of readLines(await cluster.open(pathOf(source, query), { accept, signal: either }))) {
      timer.refresh()
      const event = JSON.parse(line) as {
        readonly type: string
        readonly object: T & Meta & { readonly code?: number }
      }
      if (event.type === 'ERROR') throw new ApiError(event.object.code ?? 500, `watch ${source.path}: ${line}`)
      informed()
      if (event.type === 'DELETED') sink.drop(event.object)
      else if (event.type !== 'BOOKMARK') sink.put(event.object)
      const { resourceVersion } = event.object.metadata
      if (resourceVersion !== undefined) place.version = resourceVersion
    }
  } finally {
    clearTimeout(timer)
  }
}

function pathOf({ path }: Source, query: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(query).toString()}`
}

// Follows a collection of the Kubernetes API: list, watch, and again, for ever. Knows no kind; keeps no object.
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError, type Cluster } from './client.ts'
import { acceptOf, listPages, pathOf, type Source } from './pages.ts'

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
  /** A watch is open, and stays so: what has changed meanwhile has been told. */
  readonly current: () => void
  readonly failed: (error: unknown) => void
}

interface Meta {
  readonly metadata: { readonly resourceVersion?: string }
}

/** The server ends each watch by itself after this, and it says something (a bookmark) about every minute. */
const WATCH_SECONDS = 300
const SILENCE_MS = 150_000
const LONGEST_PAUSE_MS = 15_000

/** A watch that ends sooner was not one: it is opened again ever later. */
const STEADY_MS = 10_000

/** The API server tells what changed since the given version as soon as a watch is open. */
const CAUGHT_UP_MS = 1000

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
  while (!signal.aborted) {
    let opened = performance.now()
    try {
      if (place.version === undefined) {
        place.version = await list(cluster, source, sink, signal)
        heard()
        opened = performance.now()
      }
      await watch(cluster, source, sink, place, options)
      const lasted = performance.now() - opened
      if (lasted < STEADY_MS) throw new Error(`the watch ended after ${Math.round(lasted)} ms`)
      heard()
      failures = 0
    } catch (error) {
      if (signal.aborted) return
      if (performance.now() - opened >= STEADY_MS) failures = 0
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
  let version = ''
  sink.begin()
  for await (const { items, resourceVersion } of listPages<T>(cluster, source, signal)) {
    for (const object of items) sink.put(object)
    version = resourceVersion
  }
  sink.end()
  return version
}

/** Returns when the server ends the watch, which it does in turn; throws when anything else ends it. */
async function watch<T>(
  cluster: Cluster,
  source: Source,
  sink: Sink<T>,
  place: { version?: string },
  { signal, heard, current }: FollowOptions
): Promise<void> {
  let opened: NodeJS.Timeout | undefined
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(new Error(`nothing heard for ${SILENCE_MS / 1000} s`)), SILENCE_MS)
  const path = pathOf(source, {
    watch: '1',
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(WATCH_SECONDS),
    resourceVersion: place.version ?? ''
  })
  try {
    const either = AbortSignal.any([signal, silence.signal])
    const stream = await cluster.open(path, { accept: acceptOf(source), signal: either })
    opened = setTimeout(current, CAUGHT_UP_MS)
    for await (const line of readLines(stream)) {
      timer.refresh()
      const event = JSON.parse(line) as {
        readonly type: string
        readonly object: T & Meta & { readonly code?: number }
      }
      if (event.type === 'ERROR') throw new ApiError(event.object.code ?? 500, `watch ${source.path}: ${line}`)
      heard()
      if (event.type === 'DELETED') sink.drop(event.object)
      else if (event.type !== 'BOOKMARK') sink.put(event.object)
      const { resourceVersion } = event.object.metadata
      if (resourceVersion !== undefined) place.version = resourceVersion
    }
  } finally {
    clearTimeout(timer)
    clearTimeout(opened)
  }
}

/** Unlike readline, a broken stream is an error, not an end. A last line without its line feed is no line. */
export async function* readLines(stream: Readable): AsyncGenerator<string> {
  let parts: Buffer[] = []
  for await (const chunk of stream) {
    let rest = chunk as Buffer // no encoding is set, so they are buffers
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      parts.push(rest.subarray(0, end))
      yield Buffer.concat(parts).toString('utf8')
      parts = []
      rest = rest.subarray(end + 1)
    }
    if (rest.length > 0) parts.push(rest)
  }
}

// Follows a collection of the Kubernetes API: list, watch, repeat. Knows no kind; keeps no object.
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError, type Cluster } from './client.ts'
import { acceptOf, listPages, pathOf, type Source } from './pages.ts'

export interface Sink<T> {
  /** A list begins; objects that are not put before its end no longer exist. */
  begin(): void
  put(object: T): void
  end(): void
  drop(object: T): void
}

export interface FollowOptions {
  readonly signal: AbortSignal
  /** The API server has sent something, even if only that nothing changed. */
  readonly heard: () => void
  /** A watch has caught up with all changes. */
  readonly current: () => void
  readonly failed: (error: unknown) => void
}

/** The server ends each watch after this time, and sends a bookmark about every minute. */
const WATCH_SECONDS = 300
const SILENCE_MS = 150_000
/** However often it was cut, a change is seen this soon. */
const LONGEST_PAUSE_MS = 5000

/** How soon a kind that was installed is seen. */
const ABSENT_MS = 5000

/** A watch that ends sooner counts as failed: retries back off. */
const STEADY_MS = 10_000

/** The API server sends the changes since the given version as soon as a watch opens. */
const CAUGHT_UP_MS = 1000

/** Returns only on the signal. client-node's informers stop for good on most errors. */
export async function follow<T>(
  cluster: Cluster,
  source: Source,
  sink: Sink<T>,
  options: FollowOptions
): Promise<void> {
  const { signal, heard, failed } = options
  const place: { version?: string | undefined } = {}
  let failures = 0
  while (!signal.aborted) {
    let opened = performance.now()
    try {
      if (place.version === undefined) {
        place.version = await list(cluster, source, sink, signal)
        heard()
        opened = performance.now()
      }
      if (place.version === undefined) {
        await sleep(ABSENT_MS, undefined, { signal })
        continue
      }
      await watch(cluster, source, sink, place, options)
      const lasted = performance.now() - opened
      if (lasted < STEADY_MS) throw new Error(`the watch ended after ${Math.round(lasted)} ms`)
      heard()
      failures = 0
    } catch (error) {
      if (signal.aborted) return
      if (performance.now() - opened >= STEADY_MS) failures = 0
      // 410: our version is too old to continue from. 404: the kind is no longer installed.
      const isAbsent = source.mayBeAbsent && error instanceof ApiError && error.status === 404
      if (isAbsent || (error instanceof ApiError && error.status === 410)) delete place.version
      else failed(error)
      const pause = Math.min(LONGEST_PAUSE_MS, 250 * 2 ** failures++) * (0.75 + Math.random() / 2)
      await sleep(pause, undefined, { signal }).catch(() => undefined)
    }
  }
}

/** Returns the list's version: a watch continues from there. Undefined: the kind is not installed. */
async function list<T>(
  cluster: Cluster,
  source: Source,
  sink: Sink<T>,
  signal: AbortSignal
): Promise<string | undefined> {
  let version: string | undefined
  sink.begin()
  try {
    for await (const { items, resourceVersion } of listPages<T>(cluster, source, signal)) {
      for (const object of items) sink.put(object)
      version = resourceVersion
    }
  } catch (error) {
    if (!source.mayBeAbsent || !(error instanceof ApiError) || error.status !== 404) throw error
  }
  sink.end()
  return version
}

/** Returns when the server ends the watch as planned; throws when anything else ends it. */
async function watch<T>(
  cluster: Cluster,
  source: Source,
  sink: Sink<T>,
  place: { version?: string | undefined },
  { signal, heard, current }: FollowOptions
): Promise<void> {
  let opened: NodeJS.Timeout | undefined
  const silence = new AbortController()
  const timer = setTimeout(
    () => silence.abort(new Error(`the API server sent nothing for ${SILENCE_MS / 1000} s`)),
    SILENCE_MS
  )
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
        readonly object: T & { readonly metadata: { readonly resourceVersion?: string }; readonly code?: number }
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

/** Unlike readline, throws if the stream breaks, and drops a last line without a line feed. */
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

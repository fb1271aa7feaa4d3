// The Kubernetes API as the commands use it: JSON requests, pages, watches and raw streams over one keep-alive agent.
// Not client-node's own calls: they open a connection each, and die on a stream that is silent for five minutes.
import type { IncomingMessage } from 'node:http'
import type { RequestOptions as HttpsOptions } from 'node:https'
import { openAccess } from './access.ts'
import { readChunks, readJson } from './response-body.ts'
import { ApiError } from '../io/errors.ts'
import { withoutEmpty, type GlobalFlags } from '../kubeconfig/global-flags.ts'
import type { Io } from '../io/io.ts'
import { chooseAccess } from '../kubeconfig/choose-access.ts'
import { suggest, type Program } from './suggest.ts'
import { Transport, type Method, type Query, type RequestOptions } from './transport.ts'

export type { Method, Query, RequestOptions }

export interface Cluster {
  /** That of --namespace, else of the context, else `default`. */
  readonly namespace: string
  readonly contextName: string
  /** One JSON request; a refusal is thrown as ApiError. Warnings of the server go to stderr. */
  request<T>(method: Method, path: string, options?: RequestOptions): Promise<T>
  /** The pages of a collection, 500 objects each, so that memory stays bounded. */
  list<T>(path: string, options?: Pick<RequestOptions, 'query' | 'signal'>): AsyncGenerator<Page<T>>
  /** Until the server or the signal ends it; an ERROR event is thrown as ApiError. */
  watch<T>(path: string, options?: Pick<RequestOptions, 'query' | 'signal'>): AsyncGenerator<WatchEvent<T>>
  /** A long-lived response, for logs: no time-out, however long it is silent. Refusals are thrown as ApiError. */
  stream(path: string, options?: Pick<RequestOptions, 'query' | 'signal'>): Promise<IncomingMessage>
  /** Everything that node:https needs to reach the API server, for upgrades (exec, port-forward). */
  httpsOptions(signal?: AbortSignal): Promise<HttpsOptions>
  /** `get pods -n shop` -> `kubectl get pods -n shop --context staging`: for a user to type, about this cluster. */
  command(words: string, program?: Program): string
  /** To stderr, each text once, the server's own included. */
  warn(text: string): void
  /** Lets the process end: drops idle connections. */
  close(): void
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Where a watch may begin. */
  readonly resourceVersion: string
}

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: T
}

/** Reads files only; the first request opens the connection. */
export async function connect(
  given: GlobalFlags,
  io: Pick<Io, 'env' | 'stderr' | 'stdin' | 'signal' | 'now'>
): Promise<Cluster> {
  const flags = withoutEmpty(given)
  const access = await chooseAccess(flags, io.env)
  const transport = new Transport(await openAccess(access, io), flags, io)
  return {
    namespace: access.namespace,
    contextName: access.contextName,
    request: async <T>(method: Method, path: string, options: RequestOptions = {}) =>
      (await readJson(await transport.send(method, path, options))) as T,
    list: <T>(path: string, options = {}) => pages<T>(transport, path, options),
    watch: <T>(path: string, options = {}) => events<T>(transport, path, options),
    stream: (path, options = {}) => transport.send('GET', path, { ...options, longLived: true }),
    httpsOptions: (signal) => transport.options(signal),
    command: (words, program) => suggest(words, { ...flags, namespace: undefined }, program),
    warn: (text) => transport.warn(text),
    close: () => transport.close()
  }
}

const PAGE_SIZE = 500

interface List<T> {
  readonly apiVersion?: string
  /** `VirtualServiceList` */
  readonly kind?: string
  readonly metadata?: { readonly continue?: string; readonly resourceVersion?: string }
  readonly items?: readonly T[] | null
}

/** Each page is asked for while the one before is looked at. */
async function* pages<T>(transport: Transport, path: string, options: RequestOptions): AsyncGenerator<Page<T>> {
  let coming: Promise<List<T>> | undefined = readPage<T>(transport, path, options)
  while (coming) {
    const { items, metadata, apiVersion, kind }: List<T> = await coming
    coming = metadata?.continue ? readPage<T>(transport, path, options, metadata.continue) : undefined
    // If the consumer stops early, nothing awaits this page: ignore its error.
    coming?.catch(() => undefined)
    // Items lack what the list says for all of them.
    const common = { ...(apiVersion && { apiVersion }), ...(kind && { kind: kind.replace(/List$/, '') }) }
    const whole = (items ?? []).map((item) => ({ ...common, ...item }))
    yield { items: whole, resourceVersion: metadata?.resourceVersion ?? '' }
  }
}

async function readPage<T>(
  transport: Transport,
  path: string,
  options: RequestOptions,
  from?: string
): Promise<List<T>> {
  const query = { limit: PAGE_SIZE, ...options.query, continue: from }
  try {
    return await readJson(await transport.send('GET', path, { ...options, query }))
  } catch (error) {
    // The snapshot has expired; the server offers to continue from the present state.
    const onward = error instanceof ApiError && error.status === 410 ? error.body.metadata?.continue : undefined
    if (!onward || onward === from) throw error
    return readPage(transport, path, options, onward)
  }
}

async function* events<T>(transport: Transport, path: string, options: RequestOptions): AsyncGenerator<WatchEvent<T>> {
  const query = { ...options.query, watch: true, allowWatchBookmarks: true }
  const response = await transport.send('GET', path, { ...options, query, longLived: true })
  let rest = ''
  for await (const chunk of readChunks(response)) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield readEvent<T>(line)
  }
}

function readEvent<T>(line: string): WatchEvent<T> {
  const event = JSON.parse(line) as WatchEvent<T> | { type: 'ERROR'; object: { code?: number; message?: string } }
  if (event.type === 'ERROR') throw new ApiError(event.object.code ?? 500, event.object)
  return event
}

// Lists a collection of the Kubernetes API in pages that fit into memory. Knows no kind.
import { TooLarge, type Cluster } from './client.ts'

export interface Source {
  /** `/apis/networking.istio.io/v1/virtualservices` */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** The kind may not be installed, now or later: the collection is then empty. */
  readonly mayBeAbsent?: boolean
  /** Requests only metadata, so that ten thousand objects stay small. */
  readonly metadataOnly?: boolean
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Of the whole list: a watch continues from there. */
  readonly resourceVersion: string
}

/** Whole objects may have 1.5 MiB each. */
const MOST_OBJECTS = { metadata: 500, whole: 25 }
/** Parsing a page takes several times its size in memory, and the garbage is collected late. */
const MOST_CHARACTERS = 1024 * 1024

/** Throws ApiError. Requests a page that is too large again, with a quarter of the objects. */
export async function* listPages<T>(cluster: Cluster, source: Source, signal?: AbortSignal): AsyncGenerator<Page<T>> {
  let limit = source.metadataOnly ? MOST_OBJECTS.metadata : MOST_OBJECTS.whole
  for (let token = ''; ;) {
    const page = await readPage<T>(cluster, source, { limit, token }, signal)
    if (page === 'large') {
      limit = Math.ceil(limit / 4)
      continue
    }
    yield { items: page.items ?? [], resourceVersion: page.metadata.resourceVersion }
    token = page.metadata.continue ?? ''
    if (token === '') return
  }
}

interface RawPage<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
  /** Go writes a list without elements as null. */
  readonly items?: readonly T[] | null
}

async function readPage<T>(
  cluster: Cluster,
  source: Source,
  { limit, token }: { readonly limit: number; readonly token: string },
  signal: AbortSignal | undefined
): Promise<RawPage<T> | 'large'> {
  const path = pathOf(source, { limit: String(limit), ...(token && { continue: token }) })
  // A single object cannot be split.
  const most = limit > 1 ? MOST_CHARACTERS : Number.POSITIVE_INFINITY
  const options = { accept: acceptOf(source, 'List'), most, ...(signal && { signal }) }
  try {
    return (await cluster.send('GET', path, options)) as RawPage<T> // what every list of the API is
  } catch (error) {
    if (error instanceof TooLarge) return 'large'
    throw error
  }
}

/** For a list, or for a watch's objects. */
export function acceptOf({ metadataOnly }: Source, suffix: '' | 'List' = ''): string {
  return metadataOnly ? `application/json;as=PartialObjectMetadata${suffix};g=meta.k8s.io;v=v1` : 'application/json'
}

export function pathOf({ path, query }: Source, more: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams({ ...query, ...more }).toString()}`
}

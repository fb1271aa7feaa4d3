// As many VirtualServices as a part asks for, in one namespace of their own. Knows nothing of who looks at them.
import { edit } from '../../mirror/edit.ts'
import { ANNOTATIONS } from '../../mirror/annotations.ts'
import type { VirtualService } from '../../mirror/virtual-service.ts'
import { ApiError, type Cluster } from '../../webhook/kubernetes/client.ts'
import { createVirtualService } from './review.ts'

export const POPULATION = 'population'
export const VIRTUAL_SERVICES = `/apis/networking.istio.io/v1/namespaces/${POPULATION}/virtualservices`

/** One in ten is mirrored; each has five rules. */
const MIRRORED_EVERY = 10
const RULES = 5
const AT_ONCE = 16

/** Creates what is missing, deletes what is too many. */
export async function populate(api: Cluster, count: number, say: (text: string) => void): Promise<void> {
  await createNamespace(api)
  const names = new Set(await list(api))
  const wanted = Array.from({ length: count }, (_, index) => nameOf(index))
  const missing = wanted.filter((name) => !names.delete(name))
  await each([...names], (name) => api.send('DELETE', `${VIRTUAL_SERVICES}/${name}`))
  let done = 0
  await each(missing, async (name) => {
    await api.send('POST', VIRTUAL_SERVICES, { body: create(name) })
    if (++done % 100 === 0) say(`${count - missing.length + done} of ${count} VirtualServices`)
  })
}

export function nameOf(index: number): string {
  return `shop-${String(index).padStart(5, '0')}`
}

/** As the webhook leaves it, so that its controller finds nothing to mend. */
function create(name: string): VirtualService {
  const { metadata, ...rest } = createVirtualService(name, RULES)
  const plain = { ...rest, metadata: { ...metadata, namespace: POPULATION } }
  if (Number(name.split('-')[1]) % MIRRORED_EVERY > 0) return plain
  const annotations = { ...metadata.annotations, [ANNOTATIONS.to]: 'v2' }
  return edit({ ...plain, metadata: { ...plain.metadata, annotations } }, new Date()).result
}

async function createNamespace(api: Cluster): Promise<void> {
  try {
    await api.send('POST', '/api/v1/namespaces', { body: { metadata: { name: POPULATION } } })
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 409)) throw error
  }
}

async function list(api: Cluster): Promise<string[]> {
  const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
  const { items } = (await api.send('GET', VIRTUAL_SERVICES, { accept })) as { items: VirtualService[] | null } // as accepted
  return (items ?? []).map(({ metadata }) => metadata.name ?? '')
}

/** A few at once: the API server is on the same two processors. */
async function each(names: readonly string[], act: (name: string) => Promise<unknown>): Promise<void> {
  const queue = names.values()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const name of queue) await act(name)
    })
  )
}

// Takes everything of ours out of every VirtualService, for an uninstall that asks for it. Works with or without a webhook
// that answers: the edit is made here, and admission finds nothing left to do.
import { PREFIX } from '../mirror/annotations.ts'
import { strip } from '../mirror/strip.ts'
import { withAnnotations, type VirtualService } from '../mirror/virtual-service.ts'
import { ApiError, type Cluster } from './cluster.ts'
import { FIELD_MANAGER } from './own-writes.ts'

const VIRTUAL_SERVICES = '/apis/networking.istio.io/v1'
const PAGE = 200
const ATTEMPTS = 5

export interface CleanedUp {
  /** `namespace/name` of each that was changed. */
  readonly cleaned: readonly string[]
  /** And of each that could not be, with the reason. */
  readonly refused: readonly string[]
}

/** One that somebody else's admission refuses keeps no other from being cleaned. */
export async function cleanUp(cluster: Cluster): Promise<CleanedUp> {
  const cleaned: string[] = []
  const refused: string[] = []
  for (let token = ''; ;) {
    const query = new URLSearchParams({ limit: String(PAGE), ...(token && { continue: token }) })
    const page = (await cluster.send('GET', `${VIRTUAL_SERVICES}/virtualservices?${query.toString()}`)) as {
      readonly metadata: { readonly continue?: string }
      readonly items: readonly VirtualService[]
    }
    for (const object of page.items) {
      if (!isOurs(object)) continue
      const { namespace, name } = object.metadata
      const path = `${VIRTUAL_SERVICES}/namespaces/${namespace}/virtualservices/${name}`
      try {
        if (await cleanOne(cluster, path)) cleaned.push(`${namespace}/${name}`)
      } catch (error) {
        refused.push(`${namespace}/${name}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    token = page.metadata.continue ?? ''
    if (token === '') return { cleaned, refused }
  }
}

/** Read afresh, as somebody else may write it meanwhile; false when it is gone or clean already. */
async function cleanOne(cluster: Cluster, path: string): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      const object = (await cluster.send('GET', path)) as VirtualService
      if (!isOurs(object)) return false
      await cluster.send('PUT', `${path}?fieldManager=${FIELD_MANAGER}`, { body: withoutOurs(strip(object)) })
      return true
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return false
      if (!(error instanceof ApiError && error.status === 409) || attempt === ATTEMPTS) throw error
    }
  }
}

function isOurs({ metadata }: VirtualService): boolean {
  return Object.keys(metadata.annotations ?? {}).some((key) => key.startsWith(PREFIX))
}

function withoutOurs(object: VirtualService): VirtualService {
  const others = Object.entries(object.metadata.annotations ?? {}).filter(([key]) => !key.startsWith(PREFIX))
  return withAnnotations(object, Object.fromEntries(others))
}

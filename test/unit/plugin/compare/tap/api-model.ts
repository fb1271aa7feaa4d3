// An API server that holds one VirtualService, without a webhook. Knows merge and JSON patches, and conflicts.
import { applyPatch, type Operation } from 'fast-json-patch'
import type { Cluster, Method, RequestOptions } from '../../../../../plugin/client/client.ts'
import { ApiError } from '../../../../../plugin/io/errors.ts'
import type { StoredVirtualService } from '../../../../../plugin/resources/virtual-services.ts'

export interface ApiModel {
  readonly cluster: Cluster
  /** Undefined: deleted. */
  stored: StoredVirtualService | undefined
  readonly requests: string[]
  /** Called when a request is done, and before it is answered: what this throws is the answer. */
  after: (method: Method, path: string, options: RequestOptions) => void
}

export function modelOf(annotations: Readonly<Record<string, string>>): ApiModel {
  const model: ApiModel = {
    // Nothing here uses more of a cluster.
    cluster: {
      command: (words: string) => `kubectl ${words}`,
      request: async (...args: Parameters<Cluster['request']>) => answer(model, ...args)
    } as unknown as Cluster,
    stored: {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'shop', namespace: 'shopping', uid: 'u', resourceVersion: '1', annotations },
      spec: { hosts: ['shop'], http: [{ route: [{ destination: { host: 'shop', subset: 'v1' } }] }] }
    },
    requests: [],
    after: () => {}
  }
  return model
}

function answer(model: ApiModel, method: Method, path: string, options: RequestOptions = {}): unknown {
  model.requests.push(method)
  if (model.stored === undefined) throw new ApiError(404, { reason: 'NotFound' })
  if (method === 'PATCH') model.stored = patch(model.stored, options)
  const answered = structuredClone(model.stored)
  model.after(method, path, options)
  return answered
}

function patch(stored: StoredVirtualService, { contentType, body }: RequestOptions): StoredVirtualService {
  const next = structuredClone(stored) as Mutable
  const wanted = contentType === 'application/json-patch+json' ? versionIn(body as Operation[]) : versionOf(body)
  if (wanted !== undefined && wanted !== stored.metadata.resourceVersion)
    throw new ApiError(409, { reason: 'Conflict' })
  if (contentType === 'application/json-patch+json') applyPatch(next, body as Operation[])
  else {
    for (const [key, value] of Object.entries((body as Patch).metadata.annotations)) {
      if (value === null) delete next.metadata.annotations[key]
      else next.metadata.annotations[key] = value
    }
  }
  next.metadata.resourceVersion = String(Number(stored.metadata.resourceVersion) + 1)
  return next as unknown as StoredVirtualService
}

interface Patch {
  readonly metadata: {
    readonly annotations: Readonly<Record<string, string | null>>
    readonly resourceVersion?: string
  }
}

interface Mutable {
  readonly metadata: { resourceVersion: string; readonly annotations: Record<string, string> }
}

function versionOf(body: unknown): string | undefined {
  return (body as Patch).metadata.resourceVersion
}

function versionIn(operations: readonly Operation[]): string | undefined {
  const operation = operations.find((one) => one.path === '/metadata/resourceVersion')
  return operation?.op === 'replace' ? String(operation.value) : undefined
}

// Which access log formats the mesh's configuration sets, where one may read it. Knows no log.
import { parse } from 'yaml'
import type { Cluster } from '../cluster.ts'
import { ApiError } from '../errors.ts'
import type { LogFormat } from './access-log.ts'

/** What we look at of Istio's MeshConfig. */
interface MeshConfig {
  readonly accessLogFormat?: string
  readonly extensionProviders?: readonly {
    readonly envoyFileAccessLog?: {
      readonly logFormat?: { readonly text?: string; readonly labels?: Readonly<Record<string, unknown>> }
    }
  }[]
}

/** None where it may not be read: then the lines must speak for themselves. */
export async function meshLogFormats(cluster: Cluster): Promise<LogFormat[]> {
  try {
    const path = '/api/v1/namespaces/istio-system/configmaps/istio'
    const { data } = await cluster.request<{ data?: { mesh?: string } }>('GET', path)
    return formatsOf((parse(data?.mesh ?? '') ?? {}) as MeshConfig)
  } catch (error) {
    if (error instanceof ApiError) return []
    throw error
  }
}

export function formatsOf({ accessLogFormat, extensionProviders = [] }: MeshConfig): LogFormat[] {
  const ofProviders = extensionProviders.flatMap(({ envoyFileAccessLog }) => {
    const { text, labels } = envoyFileAccessLog?.logFormat ?? {}
    return [...(text ? [text] : []), ...(labels ? [labels] : [])]
  })
  return [...(accessLogFormat ? [fromText(accessLogFormat)] : []), ...ofProviders]
}

/** With `accessLogEncoding: JSON` it is a JSON object in a string. */
function fromText(format: string): LogFormat {
  try {
    const keys: unknown = JSON.parse(format)
    return typeof keys === 'object' && keys !== null ? (keys as Readonly<Record<string, unknown>>) : format
  } catch {
    return format
  }
}

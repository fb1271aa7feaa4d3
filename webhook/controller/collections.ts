// The kinds of routes that the controller keeps, and where their objects are.
import { GATEWAY_API } from '../../mirror/kind-of.ts'
import type { Source } from '../kubernetes/pages.ts'

export interface Collection {
  readonly kind: 'VirtualService' | 'HTTPRoute'
  /** Key of an object's name in the log. */
  readonly logged: 'virtualService' | 'httpRoute'
  /** `/apis/networking.istio.io/v1` */
  readonly version: string
  readonly resource: string
}

export const VIRTUAL_SERVICES: Collection = {
  kind: 'VirtualService',
  logged: 'virtualService',
  version: '/apis/networking.istio.io/v1',
  resource: 'virtualservices'
}

export const HTTP_ROUTES: Collection = {
  kind: 'HTTPRoute',
  logged: 'httpRoute',
  version: `/apis/${GATEWAY_API}/v1`,
  resource: 'httproutes'
}

export function pathIn({ version, resource }: Collection, namespace: string, name: string): string {
  return `${version}/namespaces/${namespace}/${resource}/${name}`
}

/** Each kind may be installed later. */
export function sourceOf({ version, resource }: Collection): Source {
  return { path: `${version}/${resource}`, metadataOnly: true, mayBeAbsent: true }
}

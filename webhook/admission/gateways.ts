// What is known of the Gateway API, kept current by watches: Gateways and their classes, ReferenceGrants, the installed version. Empty
// where its kinds are not installed. Judges nothing.
import type { KnownGateways } from '../../mirror/check-route.ts'
import type { Implementation } from '../../mirror/implementations.ts'
import { GATEWAY_API } from '../../mirror/kind-of.ts'
import { createDigests, type Changed, type Named } from '../kubernetes/digests.ts'
import { unreadOf, type Informing } from '../kubernetes/watches.ts'

export interface Gateways extends KnownGateways {
  readonly collections: readonly Informing[]
  /** Why the view may be incomplete: a collection is not listed yet, or has one of the given problems (by resource). */
  unread(problems: ReadonlyMap<string, string>): string | undefined
  /** Whether the cluster has HTTPRoutes. */
  installed(): boolean
}

export interface GatewaysListener {
  readonly changed: () => void
  /** An object of the resource cannot be read. */
  readonly failed: (resource: string, key: string, error: unknown) => void
}

const ROUTES_CRD = `httproutes.${GATEWAY_API}`

export function createGateways({ changed, failed }: GatewaysListener): Gateways {
  const digestsOf = <T extends Named, D>(resource: string, read: (object: T) => D) => {
    const report: Changed<D> = (_, now, before) => {
      // A Gateway's status changes often.
      if (JSON.stringify(now) !== JSON.stringify(before)) changed()
    }
    return createDigests(read, report, (key, error) => failed(resource, key, error))
  }
  const gateways = digestsOf('gateways', ({ spec }: Gateway) => spec?.gatewayClassName ?? '')
  const classes = digestsOf('gatewayclasses', readClass)
  const grants = digestsOf('referencegrants', readGrant)
  const versions = digestsOf('customresourcedefinitions', keepsPercent)
  const collections = [
    { source: { path: `/apis/${GATEWAY_API}/v1/gateways`, mayBeAbsent: true }, sink: gateways },
    { source: { path: `/apis/${GATEWAY_API}/v1/gatewayclasses`, mayBeAbsent: true }, sink: classes },
    { source: { path: `/apis/${GATEWAY_API}/v1beta1/referencegrants`, mayBeAbsent: true }, sink: grants },
    {
      source: {
        path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
        query: { fieldSelector: `metadata.name=${ROUTES_CRD}` }
      },
      sink: versions
    }
  ]
  return {
    collections,
    unread: (problems) => unreadOf(collections, problems),
    installed: () => versions.all.size > 0,
    implementation: (namespace, gateway) => classes.all.get(`/${gateways.all.get(`${namespace}/${gateway}`) ?? ''}`),
    granted: (from, { namespace, name }) =>
      [...grants.all].some(
        ([key, grant]) =>
          key.startsWith(`${namespace}/`) &&
          grant.from.includes(from) &&
          grant.to.some((one) => one === '' || one === name)
      ),
    keepsPercent: () => [...versions.all.values()].includes(true)
  }
}

interface Gateway extends Named {
  readonly spec?: { readonly gatewayClassName?: string | null } | null
}

interface GatewayClass extends Named {
  readonly spec?: { readonly controllerName?: string | null } | null
  /** Texts before v1.3, then maps. */
  readonly status?: { readonly supportedFeatures?: readonly (string | { readonly name: string })[] | null } | null
}

function readClass({ spec, status }: GatewayClass): Implementation {
  const features = (status?.supportedFeatures ?? []).map((one) => (typeof one === 'string' ? one : one.name))
  return { controllerName: spec?.controllerName ?? '', features }
}

interface ReferenceGrant extends Named {
  readonly spec?: {
    readonly from?: readonly { readonly group?: string; readonly kind?: string; readonly namespace?: string }[] | null
    readonly to?: readonly { readonly group?: string; readonly kind?: string; readonly name?: string }[] | null
  } | null
}

/** Namespaces of HTTPRoutes, and names of Services; an empty name means each. */
function readGrant({ spec }: ReferenceGrant): { readonly from: readonly string[]; readonly to: readonly string[] } {
  const from = (spec?.from ?? []).filter(({ group, kind }) => group === GATEWAY_API && kind === 'HTTPRoute')
  const to = (spec?.to ?? []).filter(({ group, kind }) => !group && kind === 'Service')
  return { from: from.map(({ namespace = '' }) => namespace), to: to.map(({ name = '' }) => name) }
}

interface Definition extends Named {
  readonly spec?: {
    readonly versions?: readonly {
      readonly served?: boolean
      readonly schema?: { readonly openAPIV3Schema?: Schema }
    }[]
  }
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

const MIRROR = ['spec', 'rules', 'filters', 'requestMirror', 'percent']

/** In the schema of each served version: one without the field would remove it. */
function keepsPercent({ spec }: Definition): boolean {
  const served = (spec?.versions ?? []).filter((version) => version.served)
  return served.length > 0 && served.every(({ schema }) => has(schema?.openAPIV3Schema, MIRROR))
}

function has(schema: Schema | undefined, [field, ...deeper]: readonly string[]): boolean {
  if (field === undefined) return schema !== undefined
  return has((schema?.items ?? schema)?.properties?.[field], deeper)
}

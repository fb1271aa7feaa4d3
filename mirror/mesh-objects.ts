// DestinationRules and ServiceEntries as the cluster has them, as far as they are read. Pure; looks nothing up.
import { ANNOTATIONS } from './annotations.ts'
import type { RuleReach } from './destination-rules.ts'
import { limitsOf, type Limits, type WithPolicy } from './limits.ts'

interface Metadata {
  readonly name: string
  readonly namespace?: string
  readonly creationTimestamp?: string
  readonly resourceVersion?: string
}

export interface RuleMetadata extends Metadata {
  readonly labels?: Readonly<Record<string, string>> | null
  readonly ownerReferences?: readonly OwnerReference[] | null
}

interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
}

export interface DestinationRule {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: RuleMetadata
  readonly spec?:
    | (WithPolicy & {
        readonly host?: string | null
        readonly exportTo?: readonly string[] | null
        readonly workloadSelector?: object | null
        readonly subsets?: readonly Subset[] | null
      })
    | null
}

export interface Subset extends WithPolicy {
  readonly name: string
  readonly labels?: Readonly<Record<string, string>> | null
}

export interface ServiceEntry {
  readonly metadata: Metadata
  readonly spec?: {
    readonly hosts?: readonly string[] | null
    readonly ports?: readonly { readonly number: number }[] | null
    readonly exportTo?: readonly string[] | null
  } | null
}

export interface ReadRule extends RuleReach {
  /** Changes with the object. */
  readonly version: string
  /** VirtualService that it was made for, to limit its copies. */
  readonly owner: string | undefined
  /** Most open copies, as its label says. */
  readonly limit: string | undefined
  /** Of the host. */
  readonly limits: Limits | undefined
}

/** `full`: a host as written in a namespace -> its full name. */
export function readDestinationRule(
  { metadata, spec }: DestinationRule,
  full: (host: string, namespace: string) => string
): ReadRule {
  const { name, namespace = '', creationTimestamp: created = '', resourceVersion: version = '', labels } = metadata
  return {
    name,
    namespace,
    created,
    version,
    owner: limitOwnerOf(metadata),
    limit: labels?.[LIMIT_LABEL],
    host: full(spec?.host ?? '', namespace),
    exportTo: spec?.exportTo ?? [],
    hasSelector: Boolean(spec?.workloadSelector),
    limits: spec ? limitsOf(spec) : undefined
  }
}

/** On a DestinationRule that limits copies (see limit-rule.ts); its value is the limit. */
export const LIMIT_LABEL = ANNOTATIONS.limit
export const OWNER = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService' } as const

/** The name of the VirtualService that a DestinationRule was made for. Undefined of a user's own, and of one that `render` printed: Git has it. */
export function limitOwnerOf({ labels, ownerReferences }: RuleMetadata): string | undefined {
  if (labels?.[LIMIT_LABEL] === undefined) return undefined
  return ownerReferences?.find(({ kind, apiVersion }) => kind === OWNER.kind && apiVersion === OWNER.apiVersion)?.name
}

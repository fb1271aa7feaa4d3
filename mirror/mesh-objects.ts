// DestinationRules and ServiceEntries as the cluster has them, as far as they are read. Pure; looks nothing up.
import type { RuleReach } from './destination-rules.ts'
import { limitsOf, type Limits, type WithPolicy } from './limits.ts'

interface Metadata {
  readonly name: string
  readonly namespace?: string
  readonly creationTimestamp?: string
}

export interface DestinationRule {
  readonly metadata: Metadata
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
  /** Of the host. */
  readonly limits: Limits | undefined
}

/** `full`: a host as written in a namespace -> its full name. */
export function readDestinationRule(
  { metadata: { name, namespace = '', creationTimestamp: created = '' }, spec }: DestinationRule,
  full: (host: string, namespace: string) => string
): ReadRule {
  return {
    name,
    namespace,
    created,
    host: full(spec?.host ?? '', namespace),
    exportTo: spec?.exportTo ?? [],
    hasSelector: Boolean(spec?.workloadSelector),
    limits: spec ? limitsOf(spec) : undefined
  }
}

// Narrow read-only views of the VirtualService fields that we use; every other field is carried along unseen.

/** `networking.istio.io` VirtualService; v1, v1beta1 and v1alpha3 have the same schema. */
export interface VirtualService {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: Metadata
  readonly spec?: {
    readonly hosts?: readonly string[]
    readonly gateways?: readonly string[]
    /** Namespaces; `.` is the own one, `*` all. */
    readonly exportTo?: readonly string[]
    readonly http?: readonly HttpRule[]
    readonly tcp?: readonly unknown[]
    readonly tls?: readonly unknown[]
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}

export interface Metadata {
  readonly name?: string
  readonly namespace?: string
  readonly annotations?: Annotations
  readonly [field: string]: unknown
}

export type Annotations = Readonly<Record<string, string>>

/** One entry of `spec.http`. */
export interface HttpRule {
  readonly name?: string
  readonly match?: readonly HttpMatch[]
  readonly route?: readonly { readonly destination?: Destination; readonly weight?: number }[]
  readonly redirect?: unknown
  readonly directResponse?: unknown
  readonly delegate?: { readonly name?: string; readonly namespace?: string }
  readonly mirror?: Destination | null
  readonly mirrors?: readonly { readonly destination?: Destination; readonly percentage?: Percentage }[] | null
  readonly mirrorPercentage?: Percentage | null
  /** Old spellings, integers. */
  readonly mirrorPercent?: number | null
  readonly mirror_percent?: number | null
  readonly [field: string]: unknown
}

export interface HttpMatch {
  readonly uri?: StringMatch
  readonly scheme?: StringMatch
  readonly method?: StringMatch
  readonly authority?: StringMatch
  readonly headers?: StringMatches
  readonly withoutHeaders?: StringMatches
  readonly queryParams?: StringMatches
  readonly ignoreUriCase?: boolean
  readonly port?: number
  readonly gateways?: readonly string[]
  readonly sourceNamespace?: string
  readonly sourceLabels?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

type StringMatches = Readonly<Record<string, StringMatch>>

/** One of the three; none of them in a header match means "is present". */
export interface StringMatch {
  readonly exact?: string
  readonly prefix?: string
  readonly regex?: string
}

export interface Destination {
  readonly host?: string
  readonly subset?: string
  readonly port?: { readonly number?: number }
}

/** Absent `value` is 0: Go clients leave zeros out. */
export interface Percentage {
  readonly value?: number
}

export function httpRules(object: VirtualService): readonly HttpRule[] {
  return object.spec?.http ?? []
}

/** Those that get requests: a single one without its weight, too. Of several, an absent weight is 0. */
export function receivingRoutes({ route }: HttpRule): NonNullable<HttpRule['route']> {
  const routes = route ?? []
  const receiving = routes.filter(({ weight }) => (weight ?? 0) > 0)
  return receiving.length > 0 ? receiving : routes
}

/** Percentage of requests that a rule's own `mirror` copies, in 0..100; absent means all (Istio's default). */
export function mirrorPercentOf(rule: HttpRule): number {
  if (rule.mirrorPercentage) return rule.mirrorPercentage.value ?? 0
  return rule.mirrorPercent ?? rule.mirror_percent ?? 100
}

/** The same object with other rules; the rest is shared. */
export function withHttpRules(object: VirtualService, http: readonly HttpRule[]): VirtualService {
  return { ...object, spec: { ...object.spec, http } }
}

/** The same object with other annotations; an empty map is left out, as kube-apiserver does. */
export function withAnnotations(object: VirtualService, annotations: Annotations): VirtualService {
  const { annotations: _, ...rest } = object.metadata
  const empty = Object.keys(annotations).length === 0
  return { ...object, metadata: empty ? rest : { ...object.metadata, annotations } }
}

// Read-only types of the VirtualService fields that we use; other fields are kept unread. `null` means absent, as for the API server.
// shape.ts ensures these types.

/** `networking.istio.io` VirtualService; v1, v1beta1 and v1alpha3 have the same schema. */
export interface VirtualService {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: Metadata
  readonly spec?: {
    readonly hosts?: readonly string[] | null
    readonly gateways?: readonly string[] | null
    /** Namespaces; `.` is the own one, `*` all. */
    readonly exportTo?: readonly string[] | null
    readonly http?: readonly HttpRule[] | null
    readonly tcp?: readonly unknown[] | null
    readonly tls?: readonly unknown[] | null
    readonly [field: string]: unknown
  } | null
  readonly [field: string]: unknown
}

export interface Metadata {
  readonly name?: string
  readonly namespace?: string
  readonly annotations?: Annotations | null
  readonly [field: string]: unknown
}

export type Annotations = Readonly<Record<string, string>>

/** One entry of `spec.http`. */
export interface HttpRule {
  readonly name?: string | null
  readonly match?: readonly HttpMatch[] | null
  readonly route?: readonly Route[] | null
  readonly redirect?: unknown
  readonly directResponse?: unknown
  readonly delegate?: { readonly name?: string | null; readonly namespace?: string | null } | null
  readonly mirror?: Destination | null
  readonly mirrors?: readonly Mirror[] | null
  readonly mirrorPercentage?: Percentage | null
  /** Old spellings, integers. */
  readonly mirrorPercent?: number | null
  readonly mirror_percent?: number | null
  readonly [field: string]: unknown
}

export interface Route {
  readonly destination?: Destination | null
  readonly weight?: number | null
}

export interface Mirror {
  readonly destination?: Destination | null
  readonly percentage?: Percentage | null
}

export interface HttpMatch {
  readonly uri?: StringMatch | null
  readonly scheme?: StringMatch | null
  readonly method?: StringMatch | null
  readonly authority?: StringMatch | null
  readonly headers?: StringMatches | null
  readonly withoutHeaders?: StringMatches | null
  readonly queryParams?: StringMatches | null
  readonly ignoreUriCase?: boolean | null
  readonly port?: number | null
  readonly gateways?: readonly string[] | null
  readonly sourceNamespace?: string | null
  readonly sourceLabels?: Readonly<Record<string, string>> | null
  readonly [field: string]: unknown
}

type StringMatches = Readonly<Record<string, StringMatch>>

/** One of the three; none of them in a header match means "is present". */
export interface StringMatch {
  readonly exact?: string | null
  readonly prefix?: string | null
  readonly regex?: string | null
}

export interface Destination {
  readonly host?: string | null
  readonly subset?: string | null
  readonly port?: { readonly number?: number | null } | null
}

/** Absent `value` is 0: Go clients leave zeros out. */
export interface Percentage {
  readonly value?: number | null
}

export function httpRules(object: VirtualService): readonly HttpRule[] {
  return object.spec?.http ?? []
}

/** Routes that get requests: also a single one without a weight. Of several, an absent weight is 0. */
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
export function withAnnotations<T extends { readonly metadata: Metadata }>(object: T, annotations: Annotations): T {
  const { annotations: _, ...rest } = object.metadata
  const empty = Object.keys(annotations).length === 0
  return { ...object, metadata: empty ? rest : { ...object.metadata, annotations } }
}

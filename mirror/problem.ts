// All findings about an intent: a stable code and a sentence each. Knows no VirtualService.

/** A problem refuses the whole intent, a skip leaves one rule as it is, a warning only informs. */
export type Severity = 'problem' | 'skip' | 'warning'

/** One finding. `path` is a field path as kubectl prints it; `message` says what was found, what is allowed, what to do. */
export interface Problem {
  readonly code: ProblemCode
  readonly path: string
  readonly message: string
}

export type ProblemCode = keyof typeof SENTENCES

/**
 * Code -> severity and sentence; `{name}` is filled in. Codes label metrics and are part of the interface: never rename
 * one. The table in docs/annotations.md is generated from here.
 */
export const SENTENCES = {
  annotationUnknown: ['problem', '{found} is not an annotation of kubectl-mirror; use one of {allowed}'],
  toMissing: ['problem', '{found} has no effect without {to}; add it (for example "v2"), or remove {found}'],
  annotationsTooLong: [
    'problem',
    'the kubectl-mirror annotations have {found} characters in total, but at most {allowed} are allowed; shorten them, or split the VirtualService'
  ],
  listTooLong: ['problem', 'the list has {found} items, but at most {allowed} are allowed; remove some'],
  listItemEmpty: ['problem', '{found} has an empty item; remove the stray comma'],
  listItemRepeated: ['problem', '{found} is listed twice; list it once'],
  targetInvalid: [
    'problem',
    '{found} is not a target; write [HOST[:PORT]/]SUBSET[=PERCENT], for example v2, v2=25, shadow/v2 or shadow.prod.svc.cluster.local:8080/v2'
  ],
  hostInvalid: [
    'problem',
    '{found} is not a host name; write a Service name or a full name, for example shadow or shadow.prod.svc.cluster.local'
  ],
  subsetInvalid: ['problem', '{found} is not a subset name; write letters, digits and "-", at most 63, for example v2'],
  portInvalid: ['problem', '{found} is not a port; write a number between 1 and 65535, for example 8080'],
  percentInvalid: [
    'problem',
    '{found} is not a percentage; write a number between 0.0001 and 100 with at most 4 decimals, for example 25 (to end a mirror, remove {to})'
  ],
  methodInvalid: ['problem', '{found} is not an HTTP method; write for example GET,HEAD'],
  headerInvalid: [
    'problem',
    '{found} is not a header condition; write NAME=VALUE, NAME~REGEX or NAME (present), for example x-user=beta, with "\\," for a comma inside'
  ],
  headerReserved: [
    'problem',
    '{found} cannot be matched as a header (Istio ignores it there); filter with {methods} or {routes} instead'
  ],
  headerRegexInvalid: ['problem', 'Envoy (RE2) does not accept the regular expression {found}: {why}'],
  maxBodyInvalid: [
    'problem',
    '{found} is not a size; write whole bytes, or a number of Ki, Mi, Gi, k, M or G, for example 64Ki or 1Mi'
  ],
  untilInvalid: ['problem', '{found} is not a time; write RFC 3339 with a time zone, for example 2030-01-31T18:00:00Z'],
  routeUnknown: ['problem', 'no HTTP rule is named {found}; {allowed}'],
  fromUnknown: ['problem', 'no HTTP rule routes to subset {found}; {allowed}'],
  alreadyMirrored: [
    'problem',
    'this rule already has its own mirror to {target}; remove that mirror from the rule, or choose another target'
  ],
  mirrorEmpty: ['problem', 'the field is empty, so disable could not restore it unchanged; remove it from the rule'],
  ruleNameReserved: ['problem', 'the rule name {found} begins with {prefix}, which is reserved; rename the rule'],
  tooManyBranches: [
    'problem',
    'the filter would apply to {found} match branches, but at most {allowed} are allowed; remove methods and headers, or split the VirtualService'
  ],
  tooManyRules: [
    'problem',
    '{found} rules would be mirrored, but at most {allowed} are allowed; select rules with routes or from, or split the VirtualService'
  ],
  tooManyDestinations: [
    'problem',
    'the rules would be mirrored to {found} destinations, but at most {allowed} are allowed; select rules with routes or from, or split the VirtualService'
  ],
  resultTooLarge: [
    'problem',
    'the mirrors would add {found} characters to the VirtualService, but at most {allowed} are allowed; use fewer targets, select rules with routes or from, or split it'
  ],
  recordTooLarge: [
    'problem',
    'with the record of its mirrors, the VirtualService would have {found} bytes of annotations, but the API server accepts at most {allowed}; use fewer targets, or select rules with routes or from'
  ],
  storedTooLarge: [
    'problem',
    'with its mirrors, the VirtualService would have {found} bytes, but etcd accepts at most {allowed}; use fewer targets, select rules with routes or from, or split it'
  ],
  nothingMirrored: ['problem', 'no rule would be mirrored: {reasons}'],
  typeInvalid: ['problem', '{found} is not {allowed}'],

  percentForbidden: [
    'problem',
    '{found} to {target} is more than {value} permits; use at most {allowed}, for example {example}'
  ],
  targetForbidden: [
    'problem',
    '{target} is not permitted as a target by {value}; choose one that is, for example {example}'
  ],
  untilRequired: [
    'problem',
    '{value} requires every mirror to expire; set {allowed}, for example {example} (kubectl mirror enable --for {duration})'
  ],
  untilTooLate: [
    'problem',
    '{found} is later than {value} permits; write {latest} or earlier (kubectl mirror enable --for {allowed})'
  ],
  methodForbidden: [
    'problem',
    '{found} would be copied, but {value} permits only {allowed}; set some or all of them, for example {example}'
  ],
  maxBodyForbidden: [
    'problem',
    '{found} would be copied, but {value} permits at most {allowed}; write {allowed} or less (kubectl mirror enable --max-body {allowed})'
  ],
  targetRequired: ['problem', '{value} requires a target that exists: {found}'],

  redirect: ['skip', 'this rule redirects; Envoy mirrors only rules that route'],
  directResponse: ['skip', 'this rule sends a direct response; Envoy mirrors only rules that route'],
  delegate: ['skip', 'this rule delegates to VirtualService {found}; enable the mirror there'],
  noRoute: ['skip', 'this rule has no destination to mirror from'],
  notHttp: ['skip', '{found} rules cannot be mirrored; only HTTP rules can'],
  onlyTarget: ['skip', 'this rule already sends every request to {target}; a copy would go there too'],
  ownMirror: ['skip', 'this rule has its own mirror to {found}, which is kept; move it to "mirrors" to have both'],
  routeNotAsked: ['skip', 'this rule is not listed in routes ({allowed})'],
  fromNotAsked: ['skip', 'this rule does not route to any subset listed in from ({allowed})'],
  filterNeverMatches: ['skip', 'no request can match both this rule and the filter {filter}'],
  filterTaken: ['skip', 'an earlier rule has the same match and takes every request that passes the filter {filter}'],
  filterNotMergeable: [
    'skip',
    'this rule matches {found} with a pattern that cannot be combined with the filter {filter}; to mirror this rule, remove that filter'
  ],
  filterInDelegate: [
    'skip',
    'this rule of a delegate matches {found} itself; with the filter {filter}, Istio could keep the filtered clone and drop this rule, which would reroute live requests; to mirror this rule, remove that filter'
  ],

  expired: ['warning', 'the mirror ended at {found}; set a later time, or disable it'],
  bodyUndeclared: ['warning', 'requests without content-length are copied whatever their size'],
  strayPercentage: ['warning', 'a mirror percentage without a mirror has no effect; remove it from the rule'],
  hostNotQualified: [
    'warning',
    'host {found} has a dot, so Istio takes it as a full name, which no Service has; for a Service write {allowed} (with the domain of your cluster)'
  ],
  subsetUnknown: [
    'warning',
    'no DestinationRule that Istio uses for {host} has a subset {found}, so {loss}; {allowed}'
  ],
  hostUnknown: [
    'warning',
    'namespace {namespace} sees no Service or ServiceEntry {found}, so {loss}; check the name and exportTo'
  ],
  portAmbiguous: ['warning', 'Service {host} has several ports and the target names none; write one of {allowed}'],
  portUnknown: ['warning', 'Service {host} has no port {found}, so {loss}; use one of {allowed}'],
  targetUnread: ['warning', '{found} cannot be checked: {why}'],
  copiesUnlimited: ['warning', "{target} has no limits: if it hangs, callers' memory fills; set http2MaxRequests: 64"],
  copiesAndBodiesUnlimited: [
    'warning',
    '{target} has no limits: if it hangs, live requests suffer; set http2MaxRequests, max-body'
  ],
  bodiesUnlimited: ['warning', '{target} gets bodies of any size: if it hangs, large uploads stall; set max-body'],

  delegateUnused: [
    'warning',
    'no VirtualService delegates to {found} in namespace {namespace}, so it gets no requests; name it as the delegate of a rule, or give it hosts'
  ],
  delegateHidden: [
    'warning',
    '{root} delegates here, but exportTo does not include its namespace {found}; add it to exportTo'
  ],
  delegateConflicts: [
    'warning',
    "Istio drops this rule under {root}, so {effect}: {found}; make this rule's match lie within the root's"
  ],
  rootMirrorEnds: ['warning', 'the mirror to {found} in {root} no longer applies to this rule, which now has its own']
} as const satisfies Record<string, readonly [Severity, string]>

/** Characters of a value, such as five quoted names or five reasons. */
const LONGEST_VALUE = 2000

/** A finding with its sentence from the table; `values` must have every `{name}` of it. */
export function problem(code: ProblemCode, path: string, values: Readonly<Record<string, string>> = {}): Problem {
  const message = SENTENCES[code][1].replace(/\{(\w+)\}/g, (placeholder, name: string) =>
    shorten(values[name] ?? placeholder, LONGEST_VALUE)
  )
  return { code, path, message }
}

/** Like kube-apiserver's field errors: `spec.http[2]: this rule redirects; ...`. */
export function formatProblem({ path, message }: Problem): string {
  return `${path}: ${message}`
}

/** Characters of user input in a sentence. */
const LONGEST = 120
const MOST_NAMES = 5

/** A value quoted for a sentence: `"a"`; cut if it is long. */
export function quote(text: string): string {
  return JSON.stringify(shorten(text))
}

/** Values quoted for a sentence: `"a", "b"`; at most five, then `and 7,995 more`. */
export function quoted(values: Iterable<string>): string {
  return listed(values, quote)
}

/** Like `quoted`, with another form for each value. */
export function listed<T>(values: Iterable<T>, form: (value: T) => string, separator = ', '): string {
  const shown: string[] = []
  let more = 0
  for (const value of values) {
    if (shown.length < MOST_NAMES) shown.push(form(value))
    else more++
  }
  return shown.join(separator) + (more > 0 ? ` and ${formatCount(more)} more` : '')
}

export function shorten(text: string, most = LONGEST): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text
}

/** `7,995` */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

// All findings about an intent: a stable code and a sentence each. Knows no route.

/** One finding. `path` is a field path as kubectl prints it; `message` says what was found, what is allowed, what to do. */
export interface Problem {
  readonly code: ProblemCode
  readonly path: string
  readonly message: string
}

export type ProblemCode = keyof typeof ALL

/** A problem refuses the whole intent, a skip leaves one rule as it is, a warning only informs. */
export type Severity = keyof typeof SENTENCES

/**
 * Severity -> code -> sentence; `{name}` is filled in. Codes label metrics and are part of the interface: never rename
 * one. The table in docs/annotations.md is generated from here.
 */
export const SENTENCES = {
  problem: {
    annotationUnknown: '{found} is not an annotation of kubectl-mirror; use one of {allowed}',
    annotationUnsupported: '{why}, or remove the annotation',
    toMissing: '{found} has no effect without {to}; add it (for example "v2"), or remove {found}',
    annotationsTooLong:
      'the kubectl-mirror annotations have {found} characters in total, but at most {allowed} are allowed; shorten them, or split the {kind}',
    listTooLong: 'the list has {found} items, but at most {allowed} are allowed; remove some',
    listEmpty: '{found} lists nothing; write an item, or remove the annotation',
    listItemEmpty: '{found} has an empty item; remove the stray comma',
    listItemRepeated: '{found} is listed twice; list it once',
    targetInvalid:
      '{found} is not a target; write [HOST[:PORT]/]SUBSET[=PERCENT], for example v2, v2=25, shadow/v2 or shadow.prod.svc.cluster.local:8080/v2',
    serviceInvalid:
      '{found} is not a Service; an HTTPRoute has no subsets: write NAME[.NAMESPACE][:PORT][=PERCENT], for example httpbin-v2, httpbin-v2:8080=25 or httpbin.shadow',
    hostInvalid:
      '{found} is not a host name; write a Service name or a full name, for example shadow or shadow.prod.svc.cluster.local',
    subsetInvalid: '{found} is not a subset name; write letters, digits and "-", at most 63, for example v2',
    portInvalid: '{found} is not a port; write a number between 1 and 65535, for example 8080',
    percentInvalid:
      '{found} is not a percentage; write a number between 0.0001 and 100 with at most 4 decimals, for example 25 (to end a mirror, remove {to})',
    methodInvalid: '{found} is not an HTTP method; write for example GET,HEAD',
    headerInvalid:
      '{found} is not a header condition; write NAME=VALUE, NAME~REGEX or NAME (present), for example x-user=beta, with "\\," for a comma inside',
    headerReserved:
      '{found} cannot be matched as a header (Istio ignores it there); filter with {methods} or {routes} instead',
    headerRegexInvalid: 'Envoy (RE2) does not accept the regular expression {found}: {why}',
    maxBodyInvalid:
      '{found} is not a size; write whole bytes, or a number of Ki, Mi, Gi, k, M or G, for example 64Ki or 1Mi',
    limitInvalid:
      '{found} is not a limit; write how many copies may be open, a whole number from 1 to {most}, for example 64',
    limitNameTooLong:
      'the subset that limits copies to {found} would be named after it, so it may have at most {most} characters; rename it, or remove limit',
    tooManyLimited:
      'limit would need subsets for {found} targets, but at most {allowed} are allowed; select rules with routes or from, or split the VirtualService',
    limitsOff:
      'limit needs the right to write DestinationRules, which this installation lacks; install the chart with limits.enabled=true, or remove limit',
    limitElsewhere:
      'the limit of {target} would need a DestinationRule in namespace {found}, but kubectl-mirror writes them only beside the VirtualService; remove limit, and give the target limits there (connectionPool.http.http2MaxRequests)',
    limitPattern:
      'a DestinationRule that limits {target} would replace {found}, which is for a pattern of hosts; write one for this host with the same content, and the limit is added to it',
    limitUnmergeable:
      'Istio would not merge a DestinationRule that limits {target} with {found}: {why}; make them agree, or remove limit',
    limitNameTaken:
      'the DestinationRule that limits {target} would be called {found}, as another one is; rename that one',
    limitNameInvalid:
      'the DestinationRule that limits {target} would be called {found}, which is no object name (at most 253 characters); rename the VirtualService, or remove limit',
    limitNameMissing:
      'limit needs a DestinationRule that is named after the VirtualService; give it a name instead of generateName, or remove limit',
    limitVersionUnknown:
      'no DestinationRule that defines {target} is known, and the one that limits it is made from that; add it (for render: to the manifests)',
    limitDiffers:
      '{found} limits copies to {target} already, to {allowed}, and Istio keeps one limit for each target; write the same here, or change it there first',
    untilInvalid: '{found} is not a time; write RFC 3339 with a time zone, for example 2030-01-31T18:00:00Z',
    routeUnknown: 'no HTTP rule is named {found}; {allowed}',
    fromUnknown: 'no HTTP rule routes to {version} {found}; {allowed}',
    alreadyMirrored:
      'this rule already has its own mirror to {target}; remove that mirror from the rule, or choose another target',
    mirrorEmpty: 'the field is empty, so disable could not restore it unchanged; remove it from the rule',
    filtersFull:
      'with {found} of ours this rule would have more than the 16 filters that the API allows; use fewer targets, or select other rules with routes or from',
    filterNeedsClone:
      'only some requests of this rule pass the filter {filter}, and an HTTPRoute cannot mirror a part: a narrower copy of the rule would take requests from other rules. Give each match of the rule these conditions, name rules that have them in routes, or remove the filter',
    kindUnsupported:
      'a {found} is not mirrored, because implementations drop the whole route if they reject its mirror; use an HTTPRoute, which also matches gRPC requests (POST, path /SERVICE/METHOD)',
    ruleNameReserved: 'the rule name {found} begins with {prefix}, which is reserved; rename the rule',
    tooManyBranches:
      'the filter would apply to {found} match branches, but at most {allowed} are allowed; remove filters, or split the {kind}',
    tooManyRules:
      '{found} rules would be mirrored, but at most {allowed} are allowed; select rules with routes or from, or split the {kind}',
    tooManyDestinations:
      'the rules would be mirrored to {found} destinations, but at most {allowed} are allowed; select rules with routes or from, or split the {kind}',
    resultTooLarge:
      'the mirrors would add {found} characters to the {kind}, but at most {allowed} are allowed; use fewer targets, select rules with routes or from, or split it',
    recordTooLarge:
      'with the record of its mirrors, the {kind} would have {found} bytes of annotations, but the API server accepts at most {allowed}; use fewer targets, or select rules with routes or from',
    storedTooLarge:
      'with its mirrors, the {kind} would have {found} bytes, but etcd accepts at most {allowed}; use fewer targets, select rules with routes or from, or split it',
    nothingMirrored: 'no rule would be mirrored: {reasons}',
    typeInvalid: '{found} is not {allowed}',

    percentForbidden: '{found} to {target} is more than {value} permits; use at most {allowed}, for example {example}',
    targetForbidden: '{target} is not permitted as a target by {value}; choose one that is, for example {example}',
    untilRequired:
      '{value} requires every mirror to expire; set {allowed}, for example {example} (kubectl mirror enable --for {duration})',
    untilTooLate:
      '{found} is later than {value} permits; write {latest} or earlier (kubectl mirror enable --for {allowed})',
    methodForbidden:
      '{found} would be copied, but {value} permits only {allowed}; set some or all of them, for example {example}',
    maxBodyForbidden:
      '{found} would be copied, but {value} permits at most {allowed}; write {allowed} or less (kubectl mirror enable --max-body {allowed})',
    targetMissing: 'an HTTPRoute needs a target that exists: {found}',
    grantMissing:
      'Gateways may not send to {found} from here, so live requests may fail; make a ReferenceGrant in namespace {namespace} (from HTTPRoutes of namespace {from}, to Services)',
    parentUnknown:
      'whether {found} can mirror is not known: there is no such Gateway with a GatewayClass; make it first, as live requests may fail otherwise',
    implementationUnknown:
      'whether {found}, which serves {parent}, can mirror is not known, and its GatewayClass lists no supportedFeatures; live requests may fail',
    implementationCannot:
      '{found}, which serves {parent}, cannot {what}; it would fail live requests or copy others than asked for',
    apiTooOld:
      'the installed Gateway API has no percentages for mirrors and would copy every request; install its CRDs of v1.3 or later, or mirror 100 %',
    routeUnread: 'an HTTPRoute is mirrored only where live requests cannot fail for it: {found}',
    maxBodyImpossible: '{value} permits only bodies up to {allowed}, but {why}',
    limitRequired:
      '{value} requires every mirror to limit its open copies; write for example 64 (kubectl mirror enable --limit 64)',
    limitImpossible: '{value} asks for a limit of open copies, but {why}',
    targetRequired: '{value} requires a target that exists: {found}'
  },
  skip: {
    redirect: 'this rule redirects; Envoy mirrors only rules that route',
    directResponse: 'this rule sends a direct response; Envoy mirrors only rules that route',
    delegate: 'this rule delegates to VirtualService {found}; enable the mirror there',
    noRoute: 'this rule has no destination to mirror from',
    noBackend: 'this rule sends no requests to a Service: it has no backend of this kind with a weight above 0',
    notHttp: '{found} rules cannot be mirrored; only HTTP rules can',
    onlyTarget: 'this rule already sends every request to {target}; a copy would go there too',
    ownMirror: 'this rule has its own mirror to {found}, which is kept; move it to "mirrors" to have both',
    routeNotAsked: 'this rule is not listed in routes ({allowed})',
    fromNotAsked: 'this rule does not route to any {version} listed in from ({allowed})',
    filterNeverMatches: 'no request can match both this rule and the filter {filter}',
    filterTaken: 'an earlier rule has the same match and takes every request that passes the filter {filter}',
    filterNotMergeable:
      'this rule matches {found} with a pattern that cannot be combined with the filter {filter}; to mirror this rule, remove that filter',
    filterInDelegate:
      'this rule of a delegate matches {found} itself; with the filter {filter}, Istio could keep the filtered clone and drop this rule, which would reroute live requests; to mirror this rule, remove that filter'
  },
  warning: {
    expired: 'the mirror ended at {found}; set a later time, or disable it',
    bodyUndeclared: 'requests without content-length are copied whatever their size',
    strayPercentage: 'a mirror percentage without a mirror has no effect; remove it from the rule',
    hostNotQualified:
      'host {found} has a dot, so Istio takes it as a full name, which no Service has; for a Service write {allowed} (with the domain of your cluster)',
    subsetUnknown: 'no DestinationRule that Istio uses for {host} has a subset {found}, so {loss}; {allowed}',
    limitMissing:
      'the DestinationRule that limits copies to {target} is missing, so copies go nowhere; the webhook makes it, and an Event says why not',
    hostUnknown:
      'namespace {namespace} sees no Service or ServiceEntry {found}, so {loss}; check the name and exportTo',
    portAmbiguous: 'Service {host} has several ports and the target names none; write one of {allowed}',
    portUnknown: 'Service {host} has no port {found}, so {loss}; use one of {allowed}',
    targetUnread: '{found} cannot be checked: {why}',
    copiesUnlimited: "{target} has no limits: if it hangs, callers' memory fills; {remedy}",
    copiesAndBodiesUnlimited: '{target} has no limits: a hang hurts live requests; {remedy}',
    bodiesUnlimited: '{target} gets bodies of any size: if it hangs, large uploads stall; {remedy}',

    delegateUnused:
      'no VirtualService delegates to {found} in namespace {namespace}, so it gets no requests; name it as the delegate of a rule, or give it hosts',
    delegateHidden: '{root} delegates here, but exportTo does not include its namespace {found}; add it to exportTo',
    delegateConflicts:
      "Istio drops this rule under {root}, so {effect}: {found}; make this rule's match lie within the root's",
    rootMirrorEnds: 'the mirror to {found} in {root} no longer applies to this rule, which now has its own'
  }
} as const satisfies Record<string, Readonly<Record<string, string>>>

const ALL = { ...SENTENCES.problem, ...SENTENCES.skip, ...SENTENCES.warning }

/** Characters of a value, such as five quoted names or five reasons. */
const LONGEST_VALUE = 2000

/** A finding with its sentence from the table; `values` must have every `{name}` of it. */
export function problem(code: ProblemCode, path: string, values: Readonly<Record<string, string>> = {}): Problem {
  const message = ALL[code].replace(/\{(\w+)\}/g, (placeholder, name: string) =>
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

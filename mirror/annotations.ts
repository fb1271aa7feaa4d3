// Reads the annotations: what a user asked for, as an Intent, or every problem with it. Knows no rule of any route.
import { parseSize } from './body-size.ts'
import { BOUNDS } from './bounds.ts'
import { splitList, withoutRepeats } from './comma-list.ts'
import { parseHeaders, type HeaderCondition } from './headers.ts'
import type { RouteKind } from './route-kind.ts'
import { keyOf, parsePercent, type Target } from './target.ts'
import { NOWHERE, type Place } from './host.ts'
import { formatCount, problem, quote, quoted, shorten, type Problem } from './problem.ts'
import { createMatcher, type Matcher } from './matcher.ts'
import { parseTime } from './time.ts'
import { VIRTUAL_SERVICE } from './virtual-service-kind.ts'
import type { Annotations } from './virtual-service.ts'

export const PREFIX = 'kubectl-mirror.dev/'

/** `injected` is written by admission alone; the others are the user's. */
export const ANNOTATIONS = {
  to: `${PREFIX}to`,
  percent: `${PREFIX}percent`,
  from: `${PREFIX}from`,
  routes: `${PREFIX}routes`,
  methods: `${PREFIX}methods`,
  headers: `${PREFIX}headers`,
  maxBody: `${PREFIX}max-body`,
  limit: `${PREFIX}limit`,
  until: `${PREFIX}until`,
  baseline: `${PREFIX}baseline`,
  injected: `${PREFIX}injected`
} as const

export type AnnotationName = keyof typeof ANNOTATIONS

/** For the table in the docs: value and default of each annotation. */
export const DESCRIPTIONS: Readonly<Record<AnnotationName, readonly [value: string, absent: string]>> = {
  to: [
    'targets: `v2`, `v2=25`, `shadow/v2`, `shadow.prod.svc.cluster.local:8080/v2=5`, `shadow/` (no subset); on an HTTPRoute Services: `httpbin-v2`, `httpbin.shadow:8080=5`',
    'required'
  ],
  percent: ['0.0001..100, for targets without their own', '100'],
  from: ['subsets (on an HTTPRoute Services): mirror only rules that route to one of them', 'every rule'],
  routes: ['names of HTTP rules: mirror only these', 'every rule'],
  methods: ['`GET,HEAD`: mirror only these methods', 'all'],
  headers: ['`x-user=beta`, `x-user~b.*` (RE2, the whole value), `x-user` (present): all must hold', 'none'],
  maxBody: ['`1Mi`, `500k`: mirror only requests that declare no longer body (bytes; Ki, Mi, Gi, k, M, G)', 'any size'],
  limit: [`1..${BOUNDS.limit}: most open copies from each caller to each target; more are dropped`, 'no limit of ours'],
  until: ['RFC 3339 with a time zone: when the mirror ends', 'none'],
  baseline: [
    'RFC 3339 with zone: until then each mirrored rule also copies to its own live destination, to recognise noise; written by `kubectl mirror diff --baseline`',
    'none'
  ],
  injected: ['written by the webhook alone: the targets now in the spec, in the grammar of `to`', '']
}

export interface Intent {
  /** At least one; each with its percentage. */
  readonly targets: readonly (Target & { readonly percent: number })[]
  readonly from: readonly string[]
  readonly routes: readonly string[]
  readonly methods: readonly string[]
  readonly headers: readonly HeaderCondition[]
  /** Bytes. */
  readonly maxBody?: number
  /** Most open copies from each caller to each target. Its number is not known where only the record tells of it. */
  readonly limit?: number | 'unknown'
  readonly until?: Date
  /** Until then, rules also copy to their own live destination. */
  readonly baseline?: Date
}

/** Undefined: nothing is asked for. Does not read `injected`, which is a record. */
export function readIntent(
  annotations?: Annotations | null,
  matcher: Matcher = createMatcher(),
  place: Place = NOWHERE,
  kind: RouteKind = VIRTUAL_SERVICE
): Intent | Problem[] | undefined {
  const asked = askedEntries(annotations)
  if (asked.length === 0) return undefined
  const tooLong = lengthProblem(asked, kind)
  if (tooLong) return [tooLong]
  const ours = sorted(asked)
  const keys = Object.keys(ours)
  const problems: Problem[] = [
    ...keys.filter((key) => !isKnown(key)).map(unknownAnnotation),
    ...unsupportedBy(kind, ours)
  ]
  /** Returns a reader's value, or collects its problems. */
  const take = <T>(read: T | Problem[], otherwise: T): T => {
    if (!isProblems(read)) return read
    for (const one of read) problems.push(one)
    return otherwise
  }
  const percent = ours[ANNOTATIONS.percent]
  const share = percent === undefined ? 100 : parsePercent(percent.trim(), annotationPath('percent'))
  const targets = take(readTargets(ours, place, kind), [])
  const intent = {
    targets: targets.map((target) => ({ percent: typeof share === 'number' ? share : 100, ...target })),
    from: take(readList(ours, 'from'), []),
    routes: take(readList(ours, 'routes'), []),
    methods: take(readMethods(ours), []),
    headers: take(parseHeaders(ours[ANNOTATIONS.headers], annotationPath('headers'), matcher), [])
  }
  if (typeof share !== 'number') problems.push(share)
  const maxBody = take(readMaxBody(ours), undefined)
  const limit = take(readLimit(ours), undefined)
  const until = take(readTime(ours, 'until'), undefined)
  const baseline = take(readTime(ours, 'baseline'), undefined)
  if (problems.length > 0) return problems
  const bounds = { ...(maxBody !== undefined && { maxBody }), ...(limit && { limit }) }
  return { ...intent, ...bounds, ...(until && { until }), ...(baseline && { baseline }) }
}

/** The annotations that say what the user wants, in a stable order. */
export function askedAnnotations(annotations?: Annotations | null): Annotations {
  return sorted(askedEntries(annotations))
}

/** When a mirror or its baseline ends, even if other annotations are invalid. Undefined: never, or an invalid time. */
export function readEnd(annotations: Annotations, name: 'until' | 'baseline'): Date | undefined {
  const read = readTime(annotations, name)
  return isProblems(read) ? undefined : read
}

type Entry = readonly [key: string, value: string]

function askedEntries(annotations?: Annotations | null): Entry[] {
  return Object.entries(annotations ?? {}).filter(([key]) => key.startsWith(PREFIX) && key !== ANNOTATIONS.injected)
}

function sorted(entries: readonly Entry[]): Annotations {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Longer annotations are not read further. */
function lengthProblem(entries: readonly Entry[], kind: RouteKind): Problem | undefined {
  const length = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  if (length <= BOUNDS.annotations) return undefined
  const values = { kind: kind.name, found: formatCount(length), allowed: formatCount(BOUNDS.annotations) }
  return problem('annotationsTooLong', 'metadata.annotations', values)
}

/** The field path of an annotation, as kube-apiserver writes map keys. */
export function annotationPath(name: AnnotationName): string {
  return `metadata.annotations["${ANNOTATIONS[name]}"]`
}

export function isProblems(value: unknown): value is Problem[] {
  return Array.isArray(value) && value.length > 0 && typeof value[0] === 'object' && 'code' in value[0]
}

function readTargets(ours: Annotations, place: Place, kind: RouteKind): readonly Target[] | Problem[] {
  const path = annotationPath('to')
  const text = ours[ANNOTATIONS.to]
  if (text === undefined) {
    const found = Object.keys(ours).filter(isKnown).join(', ')
    return found === '' ? [] : [problem('toMissing', path, { found, to: ANNOTATIONS.to })]
  }
  const items = splitList(text, path, BOUNDS.targets)
  if (isProblems(items)) return items
  const parsed = items.map((item) => kind.parseTarget(item, path, place))
  const problems = parsed.filter((target) => isProblems(target)).flat()
  if (problems.length > 0) return problems
  const targets = parsed as Target[] // what is no problem list is a target
  const keyOfTarget = (target: Target): string => keyOf(target, place)
  return withoutRepeats(targets, path, keyOfTarget, (_, index) => items[index]!)
}

function readList(ours: Annotations, name: 'from' | 'routes' | 'methods'): readonly string[] | Problem[] {
  const text = ours[ANNOTATIONS[name]]
  if (text === undefined) return []
  const path = annotationPath(name)
  const items = splitList(text, path, name === 'methods' ? BOUNDS.methods : BOUNDS.names)
  return isProblems(items) ? items : withoutRepeats(items, path, (item) => item)
}

/** RFC 9110 methods are case-sensitive tokens; the usual ones are upper case, so lower case is a typo. */
export function isMethod(text: string): boolean {
  return text.length <= BOUNDS.methodCharacters && /^[A-Z][A-Z-]*$/.test(text)
}

function readMethods(ours: Annotations): readonly string[] | Problem[] {
  const methods = readList(ours, 'methods')
  if (isProblems(methods)) return methods
  const wrong = methods.filter((method) => !isMethod(method))
  return wrong.length > 0 ? [problem('methodInvalid', annotationPath('methods'), { found: quoted(wrong) })] : methods
}

function readMaxBody(ours: Annotations): number | undefined | Problem[] {
  const text = ours[ANNOTATIONS.maxBody]
  if (text === undefined) return undefined
  return parseSize(text.trim()) ?? [problem('maxBodyInvalid', annotationPath('maxBody'), { found: quote(text) })]
}

/** Undefined: none is asked for. */
export function readLimit(ours: Annotations): number | undefined | Problem[] {
  const text = ours[ANNOTATIONS.limit]
  if (text === undefined) return undefined
  const limit = /^\d{1,5}$/.test(text.trim()) ? Number(text) : 0
  if (limit >= 1 && limit <= BOUNDS.limit) return limit
  const values = { found: quote(text), most: String(BOUNDS.limit) }
  return [problem('limitInvalid', annotationPath('limit'), values)]
}

function readTime(ours: Annotations, name: 'until' | 'baseline'): Date | undefined | Problem[] {
  const text = ours[ANNOTATIONS[name]]
  if (text === undefined) return undefined
  return parseTime(text.trim()) ?? [problem('untilInvalid', annotationPath(name), { found: quote(text) })]
}

function unsupportedBy({ unsupported }: RouteKind, ours: Annotations): Problem[] {
  const names = (Object.keys(ANNOTATIONS) as AnnotationName[]).filter((name) => ANNOTATIONS[name] in ours) // its own keys
  return names.flatMap((name) => {
    const why = unsupported[name]
    return why === undefined ? [] : [problem('annotationUnsupported', annotationPath(name), { why })]
  })
}

function isKnown(key: string): boolean {
  return (Object.values(ANNOTATIONS) as string[]).includes(key)
}

function unknownAnnotation(key: string): Problem {
  const allowed = Object.values(ANNOTATIONS).filter((one) => one !== ANNOTATIONS.injected)
  return problem('annotationUnknown', `metadata.annotations[${quote(key)}]`, {
    found: shorten(key),
    allowed: allowed.join(', ')
  })
}

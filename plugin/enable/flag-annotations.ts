// Turns the flags of `enable` into annotations, and names flags in the problems that mirror/ finds. mirror/ decides what they mean.
import { annotationPath, ANNOTATIONS, isProblems, readIntent, type AnnotationName } from '../../mirror/annotations.ts'
import { NOWHERE } from '../../mirror/host.ts'
import { HTTP_ROUTE } from '../../mirror/http-route.ts'
import { createMatcher } from '../../mirror/matcher.ts'
import { formatProblem, type Problem } from '../../mirror/problem.ts'
import type { Annotations } from '../../mirror/virtual-service.ts'
import { Mistakes, readDuration } from '../io/flag-values.ts'
import { UserError } from '../io/errors.ts'
import type { AnnotationFlags } from './flags.ts'

/** Of each annotation that a user sets: its flag. */
const FLAGS: Readonly<Record<Name, string>> = {
  to: '--to',
  percent: '--percent',
  from: '--from',
  routes: '--route',
  methods: '--method',
  headers: '--header',
  maxBody: '--max-body',
  limit: '--limit',
  until: '--until'
}

type Name = Exclude<AnnotationName, 'baseline' | 'injected'>
const NAMES = Object.keys(FLAGS) as Name[] // its own keys

/** Annotations for the given flags only. Throws every problem at once. */
export function toAnnotations(flags: AnnotationFlags, now: Date): Annotations {
  const mistakes = new Mistakes()
  const values: Readonly<Record<Name, string | undefined>> = {
    to: list(flags.to),
    percent: flags.percent?.replace(/%$/, ''),
    from: list(flags.from),
    routes: list(flags.route),
    methods: list(flags.method),
    headers: list(flags.header?.map((condition) => condition.replace(/(?<!\\),/g, '\\,'))),
    maxBody: flags.maxBody,
    limit: flags.limit,
    until: mistakes.attempt(() => readEnd(flags, now))
  }
  if (values.to === undefined) mistakes.add('required flag(s) "to" not set')
  const annotations = Object.fromEntries(
    NAMES.flatMap((name) => (values[name] === undefined ? [] : [[ANNOTATIONS[name], values[name]]]))
  )
  // Without `to` no other has an effect, which was said above.
  const intent = values.to === undefined ? undefined : readEither(annotations)
  if (isProblems(intent)) for (const problem of intent) mistakes.add(formatAsFlag(problem))
  else if (intent?.until && intent.until <= now) {
    mistakes.add(`--until: ${values.until} is in the past; use a later time, or --for 30m`)
  }
  mistakes.throwAny()
  return annotations
}

/** Which kind the name means is not known yet: what one of them can read may be right. */
function readEither(annotations: Annotations): ReturnType<typeof readIntent> {
  const intent = readIntent(annotations)
  if (!isProblems(intent)) return intent
  const ofRoute = readIntent(annotations, createMatcher(), NOWHERE, HTTP_ROUTE)
  return isProblems(ofRoute) ? intent : ofRoute
}

/** `metadata.annotations["kubectl-mirror.dev/percent"]: ...` -> `--percent: ...` */
export function formatAsFlag(problem: Problem): string {
  const name = NAMES.find((one) => annotationPath(one) === problem.path)
  return formatProblem(name ? { ...problem, path: FLAGS[name] } : problem)
}

/** The flag that sets an annotation. */
export function flagOf(annotation: string): string | undefined {
  const name = NAMES.find((one) => ANNOTATIONS[one] === annotation)
  return name && FLAGS[name]
}

/** Adds the flag to each annotation in an admission message; for `until`, the one that the message suggests. */
export function withFlags(message: string): string {
  const [, forTime] = /kubectl mirror enable (--for \w+)/.exec(message) ?? []
  return NAMES.reduce((text, name) => {
    const flag = (name === 'until' && forTime) || FLAGS[name]
    return text.replaceAll(`${annotationPath(name)}:`, `${annotationPath(name)} (${flag}):`)
  }, message)
}

function list(items: readonly string[] | undefined): string | undefined {
  return items && items.length > 0 ? items.join(',') : undefined
}

function readEnd({ for: duration, until }: AnnotationFlags, now: Date): string | undefined {
  if (duration === undefined) return until
  if (until !== undefined) throw new UserError('--for and --until cannot be used together')
  const milliseconds = readDuration(duration, '--for')
  if (milliseconds < 1000) throw new UserError(`--for: ${duration} is too short; write for example 30m`)
  // Rounded down to whole seconds: a fraction more could exceed the policy's limit.
  const end = Math.floor((now.getTime() + milliseconds) / 1000) * 1000
  return new Date(end).toISOString().replace('.000Z', 'Z')
}

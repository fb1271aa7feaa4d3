// An example of a difference for readers: redacted, short, and without references to the bodies' bytes.
import type { HttpResponse, HttpRequest } from './response.ts'
import { readContent } from './content.ts'
import type { Difference } from './difference.ts'
import { escapeControls, escapeControlsByLine } from '../../io/sanitize.ts'
import { comparedHeaders, shownRequestHeaders } from './headers.ts'
import { tellApart } from './look-alike.ts'
import { REDACTED, shorten, type Redactor } from './redact.ts'
import { ExactNumber } from './exact-number.ts'

export interface Example {
  /** Each side's value. Absent: there is none. */
  readonly live?: string
  readonly copy?: string
  readonly request: {
    readonly method: string
    readonly path: string
    readonly headers: readonly (readonly [string, string])[]
    readonly body?: string
  }
  /** Both whole responses as lines of text. Only with --examples. */
  readonly answers?: { readonly live: string; readonly copy: string }
}

export function makeExample(
  { live, copy }: { readonly live: HttpResponse; readonly copy: HttpResponse },
  difference: Difference,
  redactor: Redactor,
  withResponses: boolean
): Example {
  return {
    ...showSides(difference, redactor),
    request: showRequest(live.request, redactor),
    ...(withResponses && { answers: showResponses(live, copy, redactor) })
  }
}

function showSides({ field, live, copy }: Difference, redactor: Redactor): Pick<Example, 'live' | 'copy'> {
  const show = (value: unknown): string | undefined => (value === undefined ? undefined : redactor.show(field, value))
  const whole = [show(live), show(copy)] as const
  const [one, other] =
    whole[0] !== undefined && whole[1] !== undefined ? fromDifference(...showApart(whole[0], whole[1]), 20) : whole
  return {
    ...(one !== undefined && { live: shorten(one) }),
    ...(other !== undefined && { copy: shorten(other) })
  }
}

/** In quotes, unless quoted already, to show blanks at the ends. */
function showApart(live: string, copy: string): [live: string, copy: string] {
  const [one, other] = tellApart(live, copy)
  const isQuoted = live.startsWith('"') || (one === live && live.trim() === live && copy.trim() === copy)
  return isQuoted ? [one, other] : [`"${one}"`, `"${other}"`]
}

function showRequest(request: HttpRequest, redactor: Redactor): Example['request'] {
  const { method, path, headers, body } = request
  return {
    method: escapeControls(method),
    path: redactor.path(path),
    headers: shownRequestHeaders(headers).map(([name, value]) => [name, shorten(redactor.header(name, value))]),
    ...(body.length > 0 && { body: shorten(showBody(request, redactor)) })
  }
}

/** Status, compared headers and body. Of a long body, the part around the first difference. */
function showResponses(live: HttpResponse, copy: HttpResponse, redactor: Redactor): { live: string; copy: string } {
  const whole = [showBody(live, redactor), showBody(copy, redactor)] as const
  const isLong = whole.some((body) => body.length > LONGEST)
  const bodies = isLong ? fromDifference(...whole, LONGEST / 8) : whole
  const show = (response: HttpResponse, body: string): string =>
    [...showHead(response, redactor), '', shorten(body, LONGEST)].join('\n')
  return { live: show(live, bodies[0]), copy: show(copy, bodies[1]) }
}

const LONGEST = 8 * 1024

function showHead(response: HttpResponse, redactor: Redactor): string[] {
  const headers = [...comparedHeaders(response.headers, () => false)].toSorted(([one], [other]) =>
    one < other ? -1 : 1
  )
  return [
    String(response.status),
    ...headers.map(([name, value]) => `${name}: ${shorten(redactor.header(name, value))}`)
  ]
}

/** Equal trees give equal text. Control characters other than line breaks are escaped. */
function showBody(message: Pick<HttpResponse, 'headers' | 'body' | 'truncated'>, redactor: Redactor): string {
  const content = readContent(message)
  switch (content.form) {
    case 'none':
      return ''
    case 'tree':
      return escapeControlsByLine(JSON.stringify(sorted(redactor.hideIn(content.tree)), undefined, 2))
    case 'text':
      return redactor.hidesTexts ? REDACTED : escapeControlsByLine(content.text)
    case 'bytes':
      return `${content.bytes.length} bytes (${content.why})`
    default:
      return content satisfies never
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return value
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(entries.map(([key, child]) => [key, sorted(child)]))
}

/** Drops the common beginning but for `before` characters, so that cutting the end keeps the difference. */
function fromDifference(live: string, copy: string, before: number): [live: string, copy: string] {
  const first = firstDifference(live, copy)
  if (first <= before) return [live, copy]
  const from = first - before
  // Start with a whole line, if there is one.
  const line = live.indexOf('\n', from) + 1
  const start = line > 0 && line <= first ? line : from
  return [`...${live.slice(start)}`, `...${copy.slice(start)}`]
}

/** 0: the texts are equal. */
function firstDifference(live: string, copy: string): number {
  const shorter = Math.min(live.length, copy.length)
  let first = 0
  while (first < shorter && live[first] === copy[first]) first++
  return first === live.length && first === copy.length ? 0 : first
}

// One pair that showed a difference, as a reader may see it: redacted, short, and no longer tied to its bytes.
import type { Answer, Request } from './answer.ts'
import { readContent } from './content.ts'
import type { Difference } from './difference.ts'
import { comparedHeaders, shownRequestHeaders } from './headers.ts'
import { harmless, REDACTED, shorten, type Redactor } from './redact.ts'
import { BigNumber } from './tree.ts'

export interface Example {
  /** What either side has; absent: nothing. */
  readonly live?: string
  readonly copy?: string
  readonly request: {
    readonly method: string
    readonly path: string
    readonly headers: readonly (readonly [string, string])[]
    readonly body?: string
  }
  /** Both whole answers, line by line. Only if asked for. */
  readonly answers?: { readonly live: string; readonly copy: string }
}

export function makeExample(
  { live, copy }: { readonly live: Answer; readonly copy: Answer },
  difference: Difference,
  redactor: Redactor,
  withAnswers: boolean
): Example {
  const side = (name: 'live' | 'copy'): Partial<Record<'live' | 'copy', string>> =>
    difference[name] === undefined ? {} : { [name]: redactor.show(difference.field, difference[name]) }
  return {
    ...side('live'),
    ...side('copy'),
    request: showRequest(live.request, redactor),
    ...(withAnswers && { answers: { live: showAnswer(live, redactor), copy: showAnswer(copy, redactor) } })
  }
}

function showRequest(request: Request, redactor: Redactor): Example['request'] {
  const { method, path, headers, body } = request
  return {
    method,
    path: redactor.path(path),
    headers: shownRequestHeaders(headers).map(([name, value]) => [
      name,
      redactor.hidesName(name) ? REDACTED : shorten(harmless(value))
    ]),
    ...(body.length > 0 && { body: shorten(showBody(request, redactor)) })
  }
}

/** The status, the headers that are compared, and the body. */
function showAnswer(answer: Answer, redactor: Redactor): string {
  const headers = [...comparedHeaders(answer.headers, () => false)].toSorted(([one], [other]) => (one < other ? -1 : 1))
  const lines = headers.map(
    ([name, value]) => `${name}: ${redactor.hidesName(name) ? REDACTED : shorten(harmless(value))}`
  )
  return [String(answer.status), ...lines, '', showBody(answer, redactor)].join('\n')
}

const LONGEST = 8 * 1024

/** Trees in a form in which equal ones look alike; line breaks are kept, everything else that is not text is not. */
function showBody(message: Pick<Answer, 'headers' | 'body' | 'truncated'>, redactor: Redactor): string {
  const content = readContent(message)
  switch (content.form) {
    case 'none':
      return ''
    case 'tree':
      return shorten(byLine(JSON.stringify(sorted(redactor.hideIn(content.tree)), undefined, 2)), LONGEST)
    case 'text':
      return redactor.hidesTexts ? REDACTED : shorten(byLine(content.text), LONGEST)
    case 'bytes':
      return `${content.bytes.length} bytes (${content.why})`
    default:
      return content satisfies never
  }
}

function byLine(text: string): string {
  return text.split('\n').map(harmless).join('\n')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof BigNumber) return value.source
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(entries.map(([key, child]) => [key, sorted(child)]))
}

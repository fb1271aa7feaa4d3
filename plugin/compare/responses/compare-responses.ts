// All differences between two responses to one request: status, headers, trailers, body. Doesn't know which are noise.
import { createHash } from 'node:crypto'
import { sizeOf, type WholeResponse } from './response.ts'
import { isClock, isForwardedEcho } from './explained.ts'
import { readContent, type Content } from './content.ts'
import type { Difference } from './difference.ts'
import { comparedHeaders, type Headers } from './headers.ts'
import { compareTrees } from './tree.ts'

export interface ResponseComparison {
  readonly differences: readonly Difference[]
  /** How the bodies were compared: `JSON`, `text`, `no body`, or why not by meaning: `truncated`. */
  readonly comparedAs: string
}

/** What the user ignores. `field` gets the fields of trees, and `body`. */
export interface Ignored {
  readonly field: (path: string) => boolean
  readonly header: (name: string) => boolean
}

export function compareResponses(live: WholeResponse, copy: WholeResponse, ignored: Ignored): ResponseComparison {
  // An error has other headers and another body: the status is its difference.
  if (live.status !== copy.status) {
    const status = { field: 'status', kind: 'status' as const, live: live.status, copy: copy.status }
    return { differences: [status], comparedAs: 'other status' }
  }
  const bodies = compareBodies(live, copy)
  const all = [
    ...compareHeaders('header', live.headers, copy.headers, ignored),
    ...compareHeaders('trailer', live.trailers, copy.trailers, ignored),
    ...headLength(live, copy, ignored),
    ...bodies.differences.filter(({ field }) => !ignored.field(field))
  ]
  return { differences: all.map((difference) => explain(difference, live, copy)), comparedAs: bodies.comparedAs }
}

/** Marks values that differ for a reason outside of both versions. */
function explain(difference: Difference, live: WholeResponse, copy: WholeResponse): Difference {
  if (difference.kind !== 'value') return difference
  if (isClock(difference.live, difference.copy, live.made, copy.made)) return { ...difference, kind: 'clock' }
  const isEcho = isForwardedEcho(difference.live, difference.copy, live.request, copy.request)
  return isEcho ? { ...difference, kind: 'echo' } : difference
}

function compareHeaders(where: 'header' | 'trailer', live: Headers, copy: Headers, { header }: Ignored): Difference[] {
  const [lives, copies] = [comparedHeaders(live, header), comparedHeaders(copy, header)]
  return [...new Set([...lives.keys(), ...copies.keys()])].flatMap((name): Difference[] => {
    const [one, other] = [lives.get(name), copies.get(name)]
    const field = `${where} ${name}`
    if (one === other) return []
    if (other === undefined) return [{ field, kind: 'missing', live: one }]
    return [
      one === undefined ? { field, kind: 'added', copy: other } : { field, kind: 'value', live: one, copy: other }
    ]
  })
}

/** Without a body (HEAD) its declared length is compared. */
function headLength(live: WholeResponse, copy: WholeResponse, { header }: Ignored): Difference[] {
  if (live.request.method !== 'HEAD' || header('content-length')) return []
  const [one, other] = [live.headers.get('content-length'), copy.headers.get('content-length')]
  return one === other ? [] : [{ field: 'header content-length', kind: 'value', live: one, copy: other }]
}

function compareBodies(live: WholeResponse, copy: WholeResponse): ResponseComparison {
  const one = readContent(live)
  // Mostly the bytes are equal: parse them once.
  if (isSame(live, copy)) return { differences: [], comparedAs: nameOf(one) }
  return compareContents(live, copy, one, readContent(copy))
}

function isSame(live: WholeResponse, copy: WholeResponse): boolean {
  const isAlike = ['content-type', 'content-encoding'].every(
    (name) => live.headers.get(name) === copy.headers.get(name)
  )
  return isAlike && sizeOf(live) === sizeOf(copy) && live.body.equals(copy.body)
}

function compareContents(live: WholeResponse, copy: WholeResponse, one: Content, other: Content): ResponseComparison {
  if (one.form === 'none' && other.form === 'none') return { differences: [], comparedAs: 'no body' }
  if (one.form === 'none' || other.form === 'none') {
    const difference: Difference =
      other.form === 'none'
        ? { field: 'body', kind: 'missing', live: nameOf(one) }
        : { field: 'body', kind: 'added', copy: nameOf(other) }
    return { differences: [difference], comparedAs: 'no body' }
  }
  if (one.form === 'tree' && other.form === 'tree' && one.format === other.format) {
    return { differences: compareTrees(one.tree, other.tree), comparedAs: one.format }
  }
  if (one.form === 'text' && other.form === 'text') {
    const difference: Difference = { field: 'body', kind: 'value', live: one.text, copy: other.text }
    return { differences: one.text === other.text ? [] : [difference], comparedAs: 'text' }
  }
  if (one.form === 'bytes' || other.form === 'bytes') return compareBytes(live, copy, one, other)
  return {
    differences: [{ field: 'body', kind: 'type', live: nameOf(one), copy: nameOf(other) }],
    comparedAs: 'format'
  }
}

function compareBytes(live: WholeResponse, copy: WholeResponse, one: Content, other: Content): ResponseComparison {
  const comparedAs = one.form === 'bytes' ? one.why : nameOf(other)
  const [length, otherLength] = [sizeOf(live) ?? 'unknown', sizeOf(copy) ?? 'unknown']
  if (length !== otherLength) {
    return { differences: [{ field: 'body', kind: 'length', live: length, copy: otherLength }], comparedAs }
  }
  if (live.body.equals(copy.body)) return { differences: [], comparedAs }
  return { differences: [{ field: 'body', kind: 'bytes', live: hash(live.body), copy: hash(copy.body) }], comparedAs }
}

function hash(bytes: Buffer): string {
  return `${bytes.length} bytes, sha256 ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`
}

function nameOf(content: Content): string {
  switch (content.form) {
    case 'none':
      return 'no body'
    case 'tree':
      return content.format
    case 'text':
      return 'text'
    case 'bytes':
      return content.why
    default:
      return content satisfies never
  }
}

// `-o matches` and `-o json`: single matches, as they are found. Pure.
import { KINDS } from '../responses/difference.ts'
import type { FieldName } from '../statistics/endpoint-fields.ts'
import type { Verdict } from '../statistics/verdict.ts'
import { escapeControls } from '../../io/sanitize.ts'
import { recordOf } from '../pairing/pair.ts'
import type { RequestRecord } from '../sources/record.ts'
import type { Counted } from '../statistics/run.ts'
import type { Summary } from '../statistics/summary.ts'
import { isCompared, isCut, isOfBoth } from '../statistics/compared.ts'
import { quantity, signed } from '../../io/format.ts'
import { statusName } from './labels.ts'

/** Undefined: the match shows no difference. Latency alone makes none: it varies from request to request. */
export function mismatchLine({ match, differing }: Counted): string | undefined {
  const { at, id, requestId = id, method, path } = recordOf(match)
  const what = describeMismatch(match, differing)
  if (what === undefined) return undefined
  return [
    new Date(at).toISOString(),
    `${method} ${escapeControls(path)}`,
    what,
    ...(requestId === undefined ? [] : [escapeControls(requestId)])
  ].join('   ')
}

function describeMismatch(match: Counted['match'], differing: readonly FieldName[] = []): string | undefined {
  if (match.kind === 'missing') return `no copy (live ${statusName(match.live.status)} from ${match.live.pod})`
  if (match.kind === 'orphan') return `no live request (copy ${statusName(match.copy.status)} from ${match.copy.pod})`
  if (!isCompared(match)) return undefined
  const { live, copy } = match
  const parts = [
    ...(live.status === copy.status ? [] : [`status ${statusName(live.status)} → ${statusName(copy.status)}`]),
    ...(live.bytes === undefined || copy.bytes === undefined || live.bytes === copy.bytes
      ? []
      : [`size ${quantity(live.bytes)} → ${quantity(copy.bytes)} B`]),
    ...fieldParts(differing)
  ]
  if (parts.length === 0) return undefined
  if (live.duration !== undefined && copy.duration !== undefined) {
    parts.push(`${quantity(live.duration)} ms ${signed(copy.duration - live.duration)}`)
  }
  return parts.join(', ')
}

/** Without the status, which has its own part. */
function fieldParts(differing: readonly FieldName[]): string[] {
  const parts = differing.filter(({ kind }) => kind !== 'status').map(({ field, kind }) => `${field} ${KINDS[kind]}`)
  const more = parts.length > MOST_FIELDS ? [`and ${parts.length - MOST_FIELDS} more fields`] : []
  return [...parts.slice(0, MOST_FIELDS), ...more]
}

const MOST_FIELDS = 8

/** One line of NDJSON. */
export function pairJson({ endpoint, match, differing }: Counted): string {
  const { id, requestId = id, method, path } = recordOf(match)
  return toJson({
    kind: match.kind,
    endpoint,
    method,
    path,
    id: requestId,
    ...(match.kind === 'pair' && {
      compared: isCompared(match),
      ...(isOfBoth(match) && isCut(match) && { cut: true })
    }),
    ...(differing && { differing }),
    ...('attempts' in match && { attempts: match.attempts }),
    ...('live' in match && { live: side(match.live) }),
    ...('copy' in match && { copy: side(match.copy) })
  })
}

/** The last line: the table's figures, and with --examples also examples. */
export function summaryJson({ worst: _, timeline: __, endpoints, ...summary }: Summary): string {
  return toJson({
    kind: 'summary',
    ...summary,
    endpoints: endpoints.map(({ samples: ___, ...verdict }) =>
      summary.bodies?.withExamples === true ? verdict : withoutExamples(verdict)
    )
  })
}

/** For files that must not hold values of responses. */
function withoutExamples<T extends Pick<Verdict, 'fields'>>(verdict: T): T {
  if (verdict.fields === undefined) return verdict
  const fields = verdict.fields.fields.map(({ example: _, ...field }) => field)
  return { ...verdict, fields: { ...verdict.fields, fields } }
}

/** Envoy may have rewritten a digit of one side's id. */
function side({ at, id, requestId = id, pod, status, bytes, duration, line }: RequestRecord): object {
  return { at: new Date(at).toISOString(), id: requestId, pod, status, bytes, duration, line }
}

/** The output may be a terminal. */
function toJson(value: object): string {
  return escapeControls(JSON.stringify(value))
}

// `-o pairs` and `-o json`: single pairs, as they are found. Pure.
import { withoutExamples } from './bodies/field-verdict.ts'
import { harmless } from '../follow/harmless.ts'
import type { Exchange } from './record.ts'
import type { Counted } from './run.ts'
import type { Summary } from './summary.ts'
import { isCompared } from './tally.ts'
import { quantity, signed, statusName } from './words.ts'

/** Undefined: the pair shows no difference. Latency alone makes none: it varies from request to request. */
export function mismatchLine({ match }: Counted): string | undefined {
  const { at, id, method, path } = match.kind === 'orphan' ? match.copy : match.live
  const what = describeMismatch(match)
  if (what === undefined) return undefined
  return [new Date(at).toISOString(), `${method} ${harmless(path)}`, what, ...(id === undefined ? [] : [id])].join(
    '   '
  )
}

function describeMismatch(match: Counted['match']): string | undefined {
  if (match.kind === 'missing') return `no copy (live ${statusName(match.live.status)} from ${match.live.pod})`
  if (match.kind === 'orphan') return `no live request (copy ${statusName(match.copy.status)} from ${match.copy.pod})`
  if (!isCompared(match)) return undefined
  const { live, copy } = match
  const parts = [
    ...(live.status === copy.status ? [] : [`status ${statusName(live.status)} → ${statusName(copy.status)}`]),
    ...(live.bytes === undefined || copy.bytes === undefined || live.bytes === copy.bytes
      ? []
      : [`size ${quantity(live.bytes)} → ${quantity(copy.bytes)} B`])
  ]
  if (parts.length === 0) return undefined
  if (live.duration !== undefined && copy.duration !== undefined) {
    parts.push(`${quantity(live.duration)} ms ${signed(copy.duration - live.duration)}`)
  }
  return parts.join(', ')
}

/** One line of NDJSON. */
export function pairJson({ endpoint, match }: Counted): string {
  const { id, method, path } = match.kind === 'orphan' ? match.copy : match.live
  return JSON.stringify({
    kind: match.kind,
    endpoint,
    method,
    path,
    id,
    ...(match.kind === 'pair' && { compared: isCompared(match) }),
    ...('attempts' in match && { attempts: match.attempts }),
    ...('live' in match && { live: side(match.live) }),
    ...('copy' in match && { copy: side(match.copy) })
  })
}

/** The last line: the same figures as the table's, without the samples, and without what was answered unless asked for. */
export function summaryJson({ worst: _, timeline: __, endpoints, ...summary }: Summary): string {
  return JSON.stringify({
    kind: 'summary',
    ...summary,
    endpoints: endpoints.map(({ samples: ___, ...verdict }) =>
      summary.bodies?.withExamples === true ? verdict : withoutExamples(verdict)
    )
  })
}

function side({ at, pod, status, bytes, duration, line }: Exchange): object {
  return { at: new Date(at).toISOString(), pod, status, bytes, duration, line }
}

// What the controller remembers of a VirtualService: facts from our annotations. Reads only metadata.
import { hash } from 'node:crypto'
import { ANNOTATIONS, askedAnnotations, isProblems, readEnd, readLimit } from '../../mirror/annotations.ts'
import type { Annotations } from '../../mirror/virtual-service.ts'

export interface PartialObject {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion?: string
    readonly generation?: number
    readonly annotations?: Annotations | null
  }
}

export interface MirrorDigest {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** The record of what is mirrored; of a very long one, the first targets: the others are not watched. */
  readonly injected?: string
  /** Most open copies; absent: none is asked for, or no valid one. */
  readonly limit?: number
  /** Milliseconds since 1970. */
  readonly until?: number
  /** When the baseline ends, in milliseconds since 1970; absent after the end. */
  readonly baseline?: number
  /** A hash of everything in the object that admission's decision depends on. */
  readonly fingerprint: string
}

/** A baseline leaves its annotation behind. By this time after its end, the controller has ended it. */
const OVER_MS = 5000
/** Characters of a record. One of 256 KiB is possible: of ten thousand VirtualServices, only so much fits into the memory. */
const LONGEST_RECORD = 8192

/** `now`: milliseconds since 1970. Undefined for one without our annotations: in a large mesh, nearly all. */
export function digestOf({ metadata }: PartialObject, now: number): MirrorDigest | undefined {
  const { namespace, name, uid, generation, annotations } = metadata
  const injected = annotations?.[ANNOTATIONS.injected]
  const asked = askedAnnotations(annotations)
  if (injected === undefined && Object.keys(asked).length === 0) return undefined
  const limit = readLimit(asked)
  const [until, baseline] = [readEnd(asked, 'until'), readEnd(asked, 'baseline')]
  return {
    namespace,
    name,
    uid,
    ...(injected !== undefined && { injected: bounded(injected) }),
    ...(limit !== undefined && !isProblems(limit) && { limit }),
    ...(until !== undefined && { until: until.getTime() }),
    ...(baseline !== undefined && baseline.getTime() > now - OVER_MS && { baseline: baseline.getTime() }),
    fingerprint: fingerprintOf([uid, generation, asked, injected])
  }
}

/** Of any JSON. */
export function fingerprintOf(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'base64')
}

/** Whole targets, and how many more there are. */
function bounded(record: string): string {
  if (record.length <= LONGEST_RECORD) return record
  const kept = record.slice(0, Math.max(0, record.lastIndexOf(',', LONGEST_RECORD)))
  const left = record.slice(kept.length).split(',').length - 1
  return `${kept}, and ${left} more`
}

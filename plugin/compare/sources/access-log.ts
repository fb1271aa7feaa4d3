// One line of a sidecar's log -> one RequestRecord, if its format is known exactly. Knows no pairing.
import { Common, copyOf } from './common.ts'
import { DEFAULTS, parserOf, type LogFormat } from './log-formats.ts'
import { ProxyLines } from './proxy-lines.ts'
import { limitedVersion } from '../../../mirror/limited-subset.ts'
import { isChosen } from './sample.ts'
import { maskRequestId, type RequestRecord, type Workload } from './record.ts'
import type { Fields, Parse } from './text-format.ts'

/** Where a line came from. */
export interface LineOrigin {
  readonly workload: Workload
  readonly pod: string
  /** When the container printed it, for lines that do not say when their request began. */
  readonly at: number
}

/** The formats of a version's lines. */
export interface KnownFormats {
  /** Of its access log. */
  readonly read: readonly LogFormat[]
  /** Of further access logs: each of their lines repeats a request. */
  readonly repeated?: readonly LogFormat[]
}

/** Undefined: not a request that reached the version. `unread`: perhaps one. */
export type ReadLine = (line: string, origin: LineOrigin) => RequestRecord | 'unread' | undefined

interface ReadOptions {
  /** Copies to the mirrored version go to a subset of their own. */
  readonly areCopiesLimited: boolean
  /** Leave out all but one in so many requests, chosen by their ids, as if the others had not reached the version. */
  readonly sample: number
  /** False: no single match will be shown. Then records have no line, which makes up half of their size, and no unmasked id. */
  readonly keepsLines: boolean
}

/** `formats`: from the mesh's configuration. Lines in none of them are tried with the default formats. */
export function proxyLog(
  formats: Partial<Readonly<Record<Workload, KnownFormats>>> = {},
  changes: Partial<ReadOptions> = {}
): ReadLine {
  const options = { areCopiesLimited: false, sample: 1, keepsLines: true, ...changes }
  const defaults = parsersOf(DEFAULTS)
  const readers = { live: makeReader(formats.live, defaults), mirror: makeReader(formats.mirror, defaults) }
  const ownLines = new Map<string, ProxyLines>()
  // If one version's lines have no queries, leave them out for both, or no paths would match.
  const showsQueries = ![formats.live, formats.mirror].some((known) => known?.read.some(hidesQueries))
  return (line, origin) => {
    const fields = readers[origin.workload](line)
    if (fields === 'repeated') return undefined
    if (fields !== undefined) return toResult(showsQueries ? fields : withoutQueries(fields), line, origin, options)
    const own = ownLines.get(origin.pod) ?? new ProxyLines()
    ownLines.set(origin.pod, own)
    return own.has(line, origin.at) ? undefined : 'unread'
  }
}

function hidesQueries(format: LogFormat): boolean {
  return /%(REQ_WITHOUT_QUERY\(|PATH\(NQ)/.test(JSON.stringify(format))
}

function withoutQueries(fields: Fields): Fields {
  const { path, asked } = fields
  return {
    ...fields,
    ...(path !== undefined && { path: path.split('?', 1)[0]! }),
    ...(asked !== undefined && { asked: asked.split('?', 1)[0]! })
  }
}

type Reader = (line: string) => Fields | 'repeated' | undefined

function makeReader({ read, repeated }: KnownFormats = { read: [] }, defaults: readonly Parse[]): Reader {
  const groups = [parsersOf(read), parsersOf(repeated ?? []), defaults]
  return (line) => {
    for (const [rank, parsers] of groups.entries()) {
      const found = readAlike(line, parsers)
      if (found === undefined) continue
      return rank === 1 ? 'repeated' : found || undefined
    }
    return undefined
  }
}

/** Undefined: the line is in none of these formats. False: two read it differently, so its format is unknown. */
function readAlike(line: string, parsers: readonly Parse[]): Fields | false | undefined {
  let first: Fields | undefined
  let text: string | undefined
  for (const parse of parsers) {
    const fields = parse(line)
    if (fields === undefined) continue
    if (first === undefined) first = fields
    else if ((text ??= JSON.stringify(first)) !== JSON.stringify(fields)) return false
  }
  return first
}

function parsersOf(formats: readonly LogFormat[]): Parse[] {
  return formats.flatMap((format) => parserOf(format) ?? [])
}

/** A sidecar also logs its own pod's outbound requests, and requests without a cluster: those reached no version. */
function toResult(
  fields: Fields,
  line: string,
  origin: LineOrigin,
  { areCopiesLimited, sample, keepsLines }: ReadOptions
): RequestRecord | 'unread' | undefined {
  const { method, status, cluster, server, id } = fields
  if (cluster !== undefined && !INBOUND.test(cluster)) return undefined
  // TCP, or a malformed request.
  if (method === '') return undefined
  const path = fields.asked || fields.path
  if (!method || !path || !/^\d+$/.test(status ?? '')) return 'unread'
  if (isLeftOut(id, sample)) return undefined
  const copied = isCopy(server, areCopiesLimited && origin.workload === 'mirror')
  const record = toRecord({ ...fields, method, path }, keepsLines ? line : '', origin)
  if (cluster === undefined) record.directionUnknown = true
  if (copied !== undefined) record.isCopy = copied
  return record
}

function isLeftOut(id: string | undefined, sample: number): boolean {
  // Without an id nobody knows.
  return sample > 1 && Boolean(id) && !isChosen(maskRequestId(id!), sample)
}

/**
 * On mutual TLS the server name tells the subset that the caller's proxy sent the request to. Where a mirror has a limit, its copies
 * go to a subset of their own, and requests to the version's own subset are live.
 */
function isCopy(server: string | undefined, isElseLive: boolean): boolean | undefined {
  const subset = SUBSET.exec(server ?? '')?.[1]
  if (subset === undefined) return undefined
  return limitedVersion(subset) ? true : isElseLive ? false : undefined
}

/** `outbound_.8000_.v2_.httpbin.prod.svc.cluster.local` */
const SUBSET = /^outbound_\.\d+_\.([^_]*)_\./

const INBOUND = /^inbound[|_]|^InboundPassthrough/

type Mutable = { -readonly [Name in keyof RequestRecord]: RequestRecord[Name] }

/** `line`: empty if the record must not keep it in memory. */
function toRecord(fields: Fields & { method: string; path: string }, line: string, origin: LineOrigin): Mutable {
  const { start, asked, status, bytes, duration, forwarded, id, authority } = fields
  const path = line === '' ? copyOf(fields.path) : fields.path
  const record: Mutable = {
    workload: origin.workload,
    pod: origin.pod,
    // In a custom format it may be local time, or have the day before the month.
    at: start !== undefined && ISO_TIME.test(start) ? Date.parse(start) : origin.at,
    method: METHODS.get(fields.method),
    path,
    status: Number(status),
    line
  }
  if (id) {
    const masked = maskRequestId(id)
    record.id = line === '' ? copyOf(masked) : masked
    // To search other logs for, where single matches are shown.
    if (line !== '') record.requestId = id
  }
  // It is the path, if it is there.
  if (asked) record.asked = path
  if (isNumber(bytes)) record.bytes = Number(bytes)
  if (isNumber(duration)) record.duration = Number(duration)
  if (forwarded !== undefined) record.forwarded = FORWARDED.get(forwarded)
  if (authority) record.authority = AUTHORITIES.get(authority)
  return record
}

/** What many records have in common is kept once. */
const METHODS = new Common((text) => text)
const AUTHORITIES = new Common((text) => text)
const FORWARDED = new Common(entries)

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

function entries(list: string): string[] {
  return list === '' ? [] : list.split(',').map((entry) => entry.trim())
}

function isNumber(text: string | undefined): text is string {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text)
}

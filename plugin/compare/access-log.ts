// One line of a log -> one Exchange: Envoy's formats, and for want of them those of the applications. Knows no pairing.
import { ENVOY_TEXT, ISTIO_TEXT, jsonParser, textParser, type Fields, type Parse } from './log-format.ts'
import { maskRequestId, type Exchange, type Workload } from './record.ts'

/** Where a line was read. */
export interface Origin {
  readonly workload: Workload
  readonly pod: string
  /** When the container printed it, where the line itself does not say when its request began. */
  readonly at: number
}

/** A text format, or the keys of a JSON one: what the mesh's configuration says of its access logs. */
export type LogFormat = string | Readonly<Record<string, unknown>>

export type ReadLine = (line: string, origin: Origin) => Exchange | undefined

/** Reads a sidecar's log. Undefined: no access log line, or one of a request that the pod itself sent. */
export function proxyLog(formats: readonly LogFormat[] = []): ReadLine {
  const parsers: Parse[] = [
    ...formats.map((format) => (typeof format === 'string' ? textParser(format) : jsonParser(format))),
    textParser(ISTIO_TEXT),
    textParser(ENVOY_TEXT),
    jsonParser(),
    guess
  ]
  return (line, origin) => {
    for (const parse of parsers) {
      const fields = parse(line)
      if (fields?.method && fields.path) {
        if (!isInbound(fields)) return undefined
        return { ...toExchange(fields, line, origin), ...(fields.cluster === undefined && { undirected: true }) }
      }
    }
    return undefined
  }
}

/** Reads an application's log in the common or combined format: gunicorn, nginx, Apache. */
export function applicationLog(): ReadLine {
  return (line, origin) => {
    const groups = COMMON.exec(line)?.groups
    return groups ? toExchange({ ...groups, start: commonTime(groups.start!) }, line, origin) : undefined
  }
}

const COMMON =
  /^\S+ \S+ .*?\[(?<start>[^\]]+)\] "(?<method>[A-Z]+) (?<path>\S+)(?: HTTP\/[\d.]+)?" (?<status>\d{3}) (?<bytes>\d+|-)(?: |$)/

/** `10/Oct/2026:13:55:36 +0000`, which Date does not read. */
function commonTime(text: string): string {
  const [, day, month, year, time, zone] = /^(\d+)\/(\w+)\/(\d+):(\S+) ?(\S*)$/.exec(text) ?? []
  return `${day} ${month} ${year} ${time} ${zone}`
}

/** A custom text format that we were not told of, if it shows a request id, the method, the path and the status. */
function guess(line: string): Fields | undefined {
  const id = UUID.exec(line)?.[0]
  const request = REQUEST.exec(line)?.groups
  return id !== undefined && request !== undefined ? { ...request, id } : undefined
}

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/i
const REQUEST =
  /\b(?<method>GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\b["' ]+(?<path>\/\S*?)["' ]+(?:HTTP\/[\d.]+["' ]+)?.*?\b(?<status>[1-5]\d\d)\b/

/** A sidecar also records what its own pod sends to others. */
function isInbound({ cluster }: Fields): boolean {
  return !cluster || /^inbound|^InboundPassthrough|^BlackHoleCluster$/i.test(cluster)
}

function toExchange(fields: Fields, line: string, { workload, pod, at }: Origin): Exchange {
  const start = Date.parse(fields.start ?? '')
  return {
    workload,
    pod,
    at: Number.isNaN(start) ? at : start,
    ...(fields.id && { id: maskRequestId(fields.id) }),
    method: fields.method!,
    path: fields.path!,
    status: Number(fields.status || 0),
    ...numberOf('bytes', fields.bytes),
    ...numberOf('duration', fields.duration),
    ...(fields.forwarded !== undefined && { forwarded: entries(fields.forwarded) }),
    ...(fields.authority && { authority: fields.authority }),
    line
  }
}

function entries(list: string): string[] {
  return list === '' ? [] : list.split(',').map((entry) => entry.trim())
}

function numberOf<Name extends string>(name: Name, text: string | undefined): Partial<Record<Name, number>> {
  const value = Number.parseFloat(text ?? '')
  return Number.isNaN(value) ? {} : ({ [name]: value } as Record<Name, number>)
}

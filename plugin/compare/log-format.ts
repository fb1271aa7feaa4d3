// Envoy's access log formats: a format string becomes the parser of its lines. Knows no pod, and no meaning of a field.

/** What was read of one line. Empty: the line says there was none. Absent: this format does not tell. */
export type Fields = Partial<Record<Field, string>>
export type Field = (typeof FIELDS)[number][0]

/** Istio's default, since 1.5. */
export const ISTIO_TEXT =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% ' +
  '%RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% ' +
  '%BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" ' +
  '"%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% ' +
  '%DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%'

/** Envoy's own default. */
export const ENVOY_TEXT =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% ' +
  '%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" ' +
  '"%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"'

/** The fields we use: the operator that prints each, and the key that Istio's JSON format gives it. */
const FIELDS = [
  ['start', /^START_TIME(\(.*\))?$/, 'start_time'],
  ['method', /^REQ\(:METHOD\)/, 'method'],
  ['path', /^(REQ\((X-ENVOY-ORIGINAL-PATH\?)?:PATH\)|PATH(\(.*\))?$)/, 'path'],
  ['status', /^RESPONSE_CODE$/, 'response_code'],
  ['bytes', /^BYTES_SENT$/, 'bytes_sent'],
  ['duration', /^DURATION$/, 'duration'],
  ['forwarded', /^REQ\(X-FORWARDED-FOR\)/, 'x_forwarded_for'],
  ['id', /^(REQ\(X-REQUEST-ID\)|STREAM_ID$)/, 'request_id'],
  ['authority', /^REQ\(:AUTHORITY\)/, 'authority'],
  ['cluster', /^UPSTREAM_CLUSTER(_RAW)?$/, 'upstream_cluster']
] as const

/** Undefined: the line is not in this format. */
export type Parse = (line: string) => Fields | undefined

/** Parses the lines of a text format, each operator `%NAME(ARGUMENT):LENGTH%` by what stands around it. */
export function textParser(format: string): Parse {
  const names: (Field | undefined)[] = []
  const pattern = format
    .trimEnd()
    .split(/(%[A-Z_]+(?:\([^)]*\))?(?::\d+)?%)/)
    .map((part, index, parts) => {
      if (index % 2 === 0) return escape(part)
      names.push(fieldOf(part.slice(1, -1)))
      return valueBetween(parts[index - 1] ?? '', parts[index + 1] ?? '')
    })
    .join('')
  const line = new RegExp(`^${pattern}\\s*$`)
  return (text) => {
    const values = line.exec(text)
    if (!values) return undefined
    const fields: Fields = {}
    names.forEach((name, index) => {
      const value = values[index + 1] ?? ''
      if (name !== undefined) fields[name] ||= value === '-' ? '' : value
    })
    return fields
  }
}

/** Parses JSON lines. `keys` are those of a custom format; without it Istio's own, and the usual other spellings. */
export function jsonParser(format: Readonly<Record<string, unknown>> = {}): Parse {
  const keys = new Map<Field, string[]>(FIELDS.map(([name, , key]) => [name, [key, ...(ALIASES[name] ?? [])]]))
  for (const [key, operator] of Object.entries(format)) {
    const name = typeof operator === 'string' ? fieldOf(operator.replaceAll('%', '')) : undefined
    if (name !== undefined) keys.get(name)?.unshift(key)
  }
  return (line) => {
    const record = readObject(line)
    if (record === undefined) return undefined
    const fields: Fields = {}
    for (const [name, spellings] of keys) {
      const value = spellings.map((key) => record[key]).find((one) => one !== undefined)
      if (value === null || value === '-') fields[name] = ''
      else if (typeof value === 'string' || typeof value === 'number') fields[name] = String(value)
    }
    return fields
  }
}

/** Other people's names for the same, as their published formats have them. */
const ALIASES: Partial<Record<Field, readonly string[]>> = {
  start: ['timestamp', 'time', '@timestamp'],
  status: ['status', 'status_code'],
  bytes: ['bytes', 'response_size'],
  duration: ['duration_ms', 'latency_ms'],
  id: ['x_request_id', 'x-request-id', 'requestId', 'req_id'],
  path: ['uri', 'request_path', 'url'],
  method: ['request_method', 'verb'],
  forwarded: ['x-forwarded-for', 'forwarded_for'],
  authority: ['host'],
  cluster: ['upstream_cluster_raw']
}

function fieldOf(operator: string): Field | undefined {
  const bare = operator.replace(/:\d+$/, '').toUpperCase()
  return FIELDS.find(([, pattern]) => pattern.test(bare))?.[0]
}

/** A quoted or bracketed value runs to its closing mark, any other to the next blank. */
function valueBetween(before: string, after: string): string {
  const end = after[0]
  if (end === undefined) return '(.*)'
  // Envoy does not escape a quote that a client sent: only one before a blank ends the value.
  if (end === '"') return '((?:[^"]|"(?! |$))*)'
  if (end === ' ' && !/["[]$/.test(before)) return '(\\S*)'
  return `([^${end === ']' || end === '\\' || end === '^' ? `\\${end}` : end}]*)`
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

function readObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}

// Envoy's access log operators: which field of a request each prints, and which characters its value may hold.
// Source: Envoy's "Command Operators", and Istio's formats. Knows no line.

/**
 * `asked`: the path before the caller's proxy rewrote it; `path`: the path this proxy received. The others are named as in
 * RequestRecord.
 */
export type Field = 'start' | 'method' | 'asked' | 'path' | 'status' | 'bytes' | 'duration' | 'forwarded' | Identity
type Identity = 'id' | 'authority' | 'cluster' | 'server'

export interface Operator {
  /** It prints at most so many characters. */
  readonly most?: number
  /** Absent: we don't use what it prints. */
  readonly field?: Field
  /** Global; finds a character that no value has. Absent: clients or applications choose the value. */
  readonly bad?: RegExp
}

/** `%%` prints a percent sign; an argument may hold percent signs and parentheses: `%START_TIME(%s)%`, `%CEL(size(a))%`. */
export const OPERATORS = /%%|%([A-Z][A-Z0-9_]*)(?:\((.*?)\))?(?::(\d+))?%/g

/** `name`, `argument` and `length` are the groups of OPERATORS. */
export function readOperator(name: string, argument: string | undefined, length: string | undefined): Operator {
  const canonical = SYNONYMS[name] ?? name
  const text = argument === undefined ? canonical : `${canonical}(${argument.toUpperCase()})`
  const field = FIELDS.find(([, pattern]) => pattern.test(text))?.[0]
  const bad = BAD.find(([pattern]) => pattern.test(text))?.[1]
  return {
    ...(field !== undefined && { field }),
    ...(length !== undefined && { most: Number(length) }),
    ...(bad && { bad })
  }
}

/** Whether the value may be another one, cut short. Paths are compared as far as both versions show them. */
export function isCut({ field, most = Number.POSITIVE_INFINITY }: Operator, value: string): boolean {
  if (field === 'path' || field === 'asked' || (field === 'id' && most >= UUID_LENGTH)) return false
  return value.length >= most
}

const UUID_LENGTH = 36

const SYNONYMS: Readonly<Record<string, string>> = { REQUEST_HEADER: 'REQ', RESPONSE_HEADER: 'RESP' }

const FIELDS: readonly (readonly [Field, RegExp])[] = [
  ['start', /^START_TIME(\(.*\))?$/],
  ['method', /^REQ\(:METHOD\)$/],
  ['asked', /^(REQ(_WITHOUT_QUERY)?\(X-ENVOY-ORIGINAL-PATH\?:PATH\)|PATH(\((WQ|NQ)?(:ORIG_OR_PATH)?\))?)$/],
  ['path', /^(REQ(_WITHOUT_QUERY)?\(:PATH\)|PATH\((WQ|NQ)?:PATH\))$/],
  ['status', /^RESPONSE_CODE$/],
  ['bytes', /^BYTES_SENT$/],
  ['duration', /^DURATION$/],
  ['forwarded', /^REQ\(X-FORWARDED-FOR\)$/],
  ['id', /^(REQ\(X-REQUEST-ID\)|STREAM_ID)$/],
  ['authority', /^REQ\(:AUTHORITY\)$/],
  ['cluster', /^UPSTREAM_CLUSTER(_RAW)?$/],
  ['server', /^REQUESTED_SERVER_NAME$/]
]

/**
 * An id with a blank or a quote may be misread. A client gains nothing by sending one: it could have sent the id that is
 * read. Envoy refuses such an authority (400).
 */
const BAD: readonly (readonly [operator: RegExp, bad: RegExp])[] = [
  [/^(RESPONSE_CODE|BYTES_(SENT|RECEIVED)|DURATION|(REQUEST|RESPONSE)(_TX)?_DURATION)$/, /[^0-9-]/g],
  [/^START_TIME$/, /[^0-9TZ:.-]/g],
  [/^(REQ\(:METHOD\)|PROTOCOL|RESPONSE_FLAGS(_LONG)?)$/, /[\s"[\]()]/g],
  [/^(REQ(_WITHOUT_QUERY)?\((X-ENVOY-ORIGINAL-PATH\?)?:PATH\)|PATH(\(.*\))?)$/, /\s/g],
  [/^(REQ\((:AUTHORITY|X-REQUEST-ID)\)|STREAM_ID|RESP\(X-ENVOY-UPSTREAM-SERVICE-TIME\))$/, /[\s"]/g],
  [/^(UPSTREAM_(HOST|CLUSTER|CLUSTER_RAW)|(UP|DOWN)STREAM_\w*ADDRESS\w*|REQUESTED_SERVER_NAME)$/, /[\s"]/g],
  [/^(RESPONSE_CODE_DETAILS|CONNECTION_TERMINATION_DETAILS)$/, /[\s"]/g],
  [/^(ROUTE_NAME|UPSTREAM_TRANSPORT_FAILURE_REASON|START_TIME\(.*\))$/, /"/g]
]

// The narrow views of admission.k8s.io/v1 that we read and write. Knows nothing of mirrors.
import { quote, shorten } from '../../mirror/problem.ts'
import type { RouteObject } from '../../mirror/route-kind.ts'
import { readOldObject } from './old-object.ts'
import { readStructure, type Span } from './structure.ts'

export interface AdmissionRequest {
  readonly uid: string
  readonly operation?: string
  readonly namespace?: string
  readonly name?: string
  readonly dryRun?: boolean
  readonly options?: { readonly fieldManager?: string } | null
  readonly object?: RouteObject | null
  /** Of one that was read by its bytes, only kind and annotations; absent if none of these is ours. */
  readonly oldObject?: RouteObject | null
  /** Reads such a one with its rules. Undefined: it is malformed. */
  readonly wholeOldObject?: () => RouteObject | undefined
  /** Size of the whole review, so of its object at most. Absent if there was no body. */
  readonly bytes?: number
}

export interface AdmissionResponse {
  readonly uid: string
  readonly allowed: boolean
  /** The API server requires both or neither of these. */
  readonly patchType?: 'JSONPatch'
  readonly patch?: string
  readonly warnings?: readonly string[]
  readonly auditAnnotations?: Readonly<Record<string, string>>
  readonly status?: { readonly code: number; readonly reason: string; readonly message: string }
}

/** The API server sends a UUID. */
const LONGEST_UID = 128

/** The request of a review, or what is wrong with it, in a sentence. */
export function readReview(body: Buffer): AdmissionRequest | string {
  const structure = readStructure(body)
  if (typeof structure === 'string') return `the AdmissionReview is too complex: ${structure}`
  const { oldObject } = structure
  const isCut = oldObject !== undefined && body[oldObject[0]] === OPENING_BRACE
  try {
    const review: unknown = JSON.parse(isCut ? textWithout(body, oldObject) : body.toString('utf8'))
    const request = requestOf(review)
    if (typeof request === 'string') return request
    const old = isCut && readOldObject(body, structure, request.object ?? {})
    return { ...request, ...old, bytes: body.length }
  } catch (error) {
    return `the body is not JSON: ${shorten(error instanceof Error ? error.message : String(error), 200)}`
  }
}

const OPENING_BRACE = 0x7b

/** Half of the time to parse a review, and of its garbage, would be for the old object. */
function textWithout(body: Buffer, [from, to]: Span): string {
  return `${body.toString('utf8', 0, from)}null${body.toString('utf8', to)}`
}

function requestOf(review: unknown): AdmissionRequest | string {
  if (typeof review !== 'object' || review === null) return 'the body is not a JSON object'
  const { apiVersion, kind, request }: Envelope = review
  if (apiVersion !== 'admission.k8s.io/v1' || kind !== 'AdmissionReview') {
    return `found ${shown(apiVersion)} ${shown(kind)}; send an admission.k8s.io/v1 AdmissionReview`
  }
  if (!isMap(request)) return 'the AdmissionReview has no request with a request.uid'
  return requestProblem(request) ?? (request as unknown as AdmissionRequest) // as just seen
}

function requestProblem(request: Readonly<Record<string, unknown>>): string | undefined {
  const { uid } = request
  if (typeof uid !== 'string' || uid === '' || uid.length > LONGEST_UID) {
    return `request.uid: ${shown(uid)} is not a string of 1 to ${LONGEST_UID} characters`
  }
  for (const field of ['operation', 'namespace', 'name'] as const) {
    const value = request[field]
    if (value !== undefined && typeof value !== 'string') return `request.${field}: ${shown(value)} is not a string`
  }
  for (const field of ['object', 'oldObject', 'options'] as const) {
    const value = request[field] ?? undefined
    if (value !== undefined && !isMap(value)) return `request.${field}: ${shown(value)} is not a map`
  }
  return undefined
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'a map'
  return String(value)
}

export function writeReview(response: AdmissionResponse): string {
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response })
}

type Envelope = Readonly<Partial<Record<'apiVersion' | 'kind' | 'request', unknown>>>

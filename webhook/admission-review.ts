// The narrow views of admission.k8s.io/v1 that we read and write. Knows nothing of mirrors.
import type { VirtualService } from '../mirror/virtual-service.ts'

export interface AdmissionRequest {
  readonly uid: string
  readonly operation?: string
  readonly namespace?: string
  readonly name?: string
  readonly dryRun?: boolean
  readonly options?: { readonly fieldManager?: string } | null
  readonly object?: VirtualService | null
  readonly oldObject?: VirtualService | null
}

export interface AdmissionResponse {
  readonly uid: string
  readonly allowed: boolean
  /** The API server refuses one of these without the other. */
  readonly patchType?: 'JSONPatch'
  readonly patch?: string
  readonly warnings?: readonly string[]
  readonly auditAnnotations?: Readonly<Record<string, string>>
  readonly status?: { readonly code: number; readonly reason: string; readonly message: string }
}

/** The request of a review, or what is wrong with it, in a sentence. */
export function readReview(body: Buffer): AdmissionRequest | string {
  const review = parse(body)
  if (typeof review === 'string') return review
  if (review.apiVersion !== 'admission.k8s.io/v1' || review.kind !== 'AdmissionReview') {
    return `found ${String(review.apiVersion)} ${String(review.kind)}; send an admission.k8s.io/v1 AdmissionReview`
  }
  const { request } = review
  if (typeof request?.uid !== 'string' || request.uid === '') return 'the AdmissionReview has no request.uid'
  return request
}

export function writeReview(response: AdmissionResponse): string {
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response })
}

interface Envelope {
  readonly apiVersion?: unknown
  readonly kind?: unknown
  readonly request?: AdmissionRequest
}

function parse(body: Buffer): Envelope | string {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null ? value : 'the body is no JSON object'
  } catch (error) {
    return `the body is not JSON: ${error instanceof Error ? error.message : String(error)}`
  }
}

// The AdmissionReview that every webhook is given: a VirtualService of any number of rules, just annotated. Sends nothing.
import { isDeepStrictEqual } from 'node:util'
import jsonPatch, { type Operation } from 'fast-json-patch'
import { ANNOTATIONS } from '../../mirror/annotations.ts'
import { edit } from '../../mirror/edit.ts'
import { patchBetween } from '../../mirror/patch.ts'
import type { HttpRule, VirtualService } from '../../mirror/virtual-service.ts'

export interface Review {
  readonly bytes: Buffer
  readonly object: VirtualService
  /** What the object must be after the patch of any correct webhook. */
  readonly expected: VirtualService
}

const UID = '705ab4f5-6393-11e8-b7cc-42010a800002'

/** With 20 rules and one target about 12 kB: an update, so the object is in it twice, as the API server sends it. */
export function createReview(rules: number, targets = 1): Review {
  const stored = createVirtualService('httpbin', rules)
  const to = Array.from({ length: targets }, (_, index) => `v${index + 2}`).join(',')
  const { metadata } = stored
  const annotations = { ...metadata.annotations, [ANNOTATIONS.to]: to }
  const object = { ...stored, metadata: { ...metadata, annotations, generation: 2 } }
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: UID,
      kind: { group: 'networking.istio.io', version: 'v1', kind: 'VirtualService' },
      resource: { group: 'networking.istio.io', version: 'v1', resource: 'virtualservices' },
      requestKind: { group: 'networking.istio.io', version: 'v1', kind: 'VirtualService' },
      requestResource: { group: 'networking.istio.io', version: 'v1', resource: 'virtualservices' },
      name: 'httpbin',
      namespace: 'default',
      operation: 'UPDATE',
      userInfo: { username: 'jane', groups: ['developers', 'system:authenticated'] },
      object,
      oldObject: stored,
      dryRun: false,
      options: { apiVersion: 'meta.k8s.io/v1', kind: 'PatchOptions', fieldManager: 'mirror-plugin', force: false }
    }
  }
  return { bytes: Buffer.from(JSON.stringify(review)), object, expected: edit(object, new Date()).result }
}

export function createVirtualService(name: string, rules: number): VirtualService {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: {
      name,
      namespace: 'default',
      annotations: { team: 'shop', 'example.com/owner': 'jane@example.com' }
    },
    spec: { hosts: [name], http: Array.from({ length: rules }, (_, index) => createRule(index)) }
  }
}

function createRule(index: number): HttpRule {
  return {
    name: `rule-${index}`,
    match: [{ uri: { prefix: `/api/v1/resource-${index}/` }, method: { regex: 'GET|HEAD|POST' } }],
    route: [{ destination: { host: 'httpbin', subset: 'v1', port: { number: 8000 } }, weight: 100 }],
    timeout: '5s',
    retries: { attempts: 3, perTryTimeout: '2s', retryOn: '5xx,reset' }
  }
}

/** What a server that knows nothing may answer. */
export function rightAnswer({ object, expected }: Review): string {
  const patch = Buffer.from(JSON.stringify(patchBetween(object, expected))).toString('base64')
  const response = { uid: UID, allowed: true, patchType: 'JSONPatch', patch }
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response })
}

/** A faster server that makes another edit is no peer. */
export function assertSameEdit(name: string, answer: { body: string } | undefined, { object, expected }: Review): void {
  const { response } = JSON.parse(answer?.body ?? '{}') as { response?: { patch?: string } } // checked right below
  const patch = JSON.parse(Buffer.from(response?.patch ?? '', 'base64').toString('utf8') || '[]') as Operation[]
  const made = jsonPatch.applyPatch(object, patch, true, false).newDocument
  // Pepr adds an annotation of its own.
  const annotations = { ...made.metadata.annotations, ...expected.metadata.annotations }
  const same = isDeepStrictEqual(made.spec, expected.spec) && isDeepStrictEqual(made.metadata.annotations, annotations)
  if (!same) throw new Error(`${name} makes another edit: ${JSON.stringify(patch)}`)
}

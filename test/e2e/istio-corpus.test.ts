// Istio's own validator as the oracle: each VirtualService of its samples and tests is stored as it is, enabled with each
// kind of annotation, disabled, and compared. Ours must never turn a valid one into one that Istio refuses.
import { Writable } from 'node:stream'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { ANNOTATIONS } from '../../mirror/annotations.ts'
import { edit } from '../../mirror/edit.ts'
import { httpRules, type Annotations, type VirtualService } from '../../mirror/virtual-service.ts'
import { connect, type Cluster } from '../../plugin/client/client.ts'
import { ApiError } from '../../plugin/io/errors.ts'
import { loadCorpus } from '../corpus.ts'

const NAMESPACE = 'e2e-corpus'
/** For the warnings of admission: hundreds, and none of them surprising. */
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
const COLLECTION = `/apis/networking.istio.io/v1/namespaces/${NAMESPACE}/virtualservices`
const OURS = 'admission webhook "mirror.kubectl-mirror.dev" denied the request'

let cluster: Cluster

beforeAll(async () => {
  const io = {
    env: { KUBECONFIG: inject('kubeconfig') },
    stderr: nowhere,
    stdin: process.stdin,
    signal: new AbortController().signal,
    now: () => new Date()
  }
  cluster = await connect({}, io)
  await cluster.request('POST', '/api/v1/namespaces', { body: { metadata: { name: NAMESPACE } } })
})
afterAll(async () => {
  await cluster?.request('DELETE', `/api/v1/namespaces/${NAMESPACE}`)
  cluster?.close()
})

/** Each kind of annotation, with names that mean something to this VirtualService. */
function wishes(object: VirtualService): Annotations[] {
  const { to, percent, from, routes, methods, headers, until } = ANNOTATIONS
  const name = httpRules(object).find((rule) => typeof rule.name === 'string')?.name
  const subset = httpRules(object).flatMap(({ route }) =>
    (route ?? []).flatMap((one) => one.destination?.subset ?? [])
  )[0]
  return [
    { [to]: 'shadow' },
    { [to]: 'shadow=25,other.prod.svc.cluster.local:8080/v9', [percent]: '0.0001' },
    { [to]: 'shadow', [methods]: 'GET,HEAD' },
    { [to]: 'shadow', [headers]: 'x-user=beta,x-trace,x-tier~(gold|silver)[0-9]*' },
    { [to]: 'shadow', [until]: '2099-01-01T00:00:00Z' },
    { [to]: 'shadow', [until]: '2020-01-01T00:00:00Z' },
    ...(typeof name !== 'string' ? [] : [{ [to]: 'shadow', [routes]: name }]),
    ...(subset === undefined ? [] : [{ [to]: 'shadow', [from]: subset }])
  ]
}

test('every VirtualService of the corpus is mirrored as planned, accepted by Istio, and given back byte for byte', async () => {
  const { found, templates } = loadCorpus()
  const counts = { used: 0, invalid: 0, mirrored: 0, refused: 0 }
  for (const [index, { source, object }] of found.entries()) {
    const stored = await store(object, `corpus-${index}`)
    if (stored === undefined) {
      counts.invalid++
      continue
    }
    counts.used++
    for (const wish of wishes(stored)) {
      const context = `${source} ${JSON.stringify(wish)}`
      const outcome = await annotate(stored, wish, context)
      counts[outcome]++
    }
    await cluster.request('DELETE', pathOf(stored))
  }
  console.log(
    `corpus: ${found.length} VirtualServices; ${counts.used} used, ${counts.invalid} skipped because Istio refuses them as they are; ` +
      `${templates.length} files skipped because they are templates; ` +
      `${counts.mirrored} enabled and given back, ${counts.refused} refused with the planned problems`
  )
  expect(counts.used).toBeGreaterThan(100)
  expect(counts.mirrored).toBeGreaterThan(500)
})

/** Undefined: the API server or Istio's validator refuses it as it is (the test data has such on purpose). */
async function store({ spec }: VirtualService, name: string): Promise<VirtualService | undefined> {
  const body = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name }, spec }
  try {
    return await cluster.request<VirtualService>('POST', COLLECTION, { body })
  } catch (error) {
    if (error instanceof ApiError) return undefined
    throw error
  }
}

async function annotate(stored: VirtualService, wish: Annotations, context: string): Promise<'mirrored' | 'refused'> {
  const planned = edit({ ...stored, metadata: { ...stored.metadata, annotations: wish } }, new Date())
  const answer = await merge(stored, wish).catch((error: unknown) => error as Error)
  if (planned.problems.length > 0) {
    expect((answer as Error).message, context).toContain(OURS)
    for (const { message } of planned.problems) expect((answer as Error).message, context).toContain(message)
    return 'refused'
  }
  expect(answer, context).not.toBeInstanceOf(Error)
  expect((answer as VirtualService).spec, context).toEqual(planned.result.spec)
  const nothing = Object.fromEntries(Object.keys(wish).map((key) => [key, null]))
  const disabled = await merge(stored, nothing)
  expect(JSON.stringify(disabled.spec), context).toBe(JSON.stringify(stored.spec))
  expect(disabled.metadata.annotations, context).toBeUndefined()
  return 'mirrored'
}

function merge(stored: VirtualService, annotations: Readonly<Record<string, string | null>>): Promise<VirtualService> {
  const body = { metadata: { annotations } }
  return cluster.request('PATCH', pathOf(stored), { body, contentType: 'application/merge-patch+json' })
}

function pathOf({ metadata }: VirtualService): string {
  return `${COLLECTION}/${metadata.name}`
}

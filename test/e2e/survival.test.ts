// A mirror outlives every way of re-applying its VirtualService, without a conflict and without a moment off: while a client
// sends 50 requests a second, each live request must have its copy.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { helm } from './kubectl.ts'
import { openMesh, steady, type Mesh } from './mesh.ts'
import { times } from './short.ts'

const RATE = 50
const SECONDS = times(12, 6)
const CHANGES = 3

let mesh: Mesh
let folder: string

beforeAll(async () => {
  mesh = await openMesh('e2e-survival')
  folder = mkdtempSync(join(tmpdir(), 'survival-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await mesh?.close()
})
beforeEach(() => mesh.kubectl(['delete', 'virtualservice', 'httpbin', '--ignore-not-found']))

/** As it stands in Git: no mirror; the timeout is what each re-apply changes. */
function manifest(timeout: number, metadata = '{name: httpbin}'): string {
  return `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: ${metadata}
spec:
  hosts: [httpbin]
  http:
  - timeout: ${timeout}s
    route: [{destination: {host: httpbin, subset: v1}}]
`
}

const annotate = () => mesh.kubectl(['annotate', 'virtualservice', 'httpbin', 'kubectl-mirror.dev/to=v2'])

/** Re-applies under traffic; every live request must be seen by v2 too. */
async function survives(marker: string, reapply: (timeout: number) => Promise<unknown>): Promise<void> {
  await mesh.settle(true)
  const url = `http://httpbin:8000/get?${marker}=[1-${RATE * SECONDS}]`
  const traffic = mesh.curl('-o', '/dev/null', '--rate', `${RATE * 60}/m`, '-w', '%{http_code}\n', url)
  for (let change = 1; change <= CHANGES; change++) {
    await sleep((SECONDS * 1_000) / (CHANGES + 2))
    await reapply(20 + change)
    expect(await mesh.spec()).toContain('"mirror":{"host":"httpbin","subset":"v2"}')
  }
  expect(new Set((await traffic).trim().split('\n'))).toEqual(new Set(['200']))
  expect(await mesh.spec()).toContain(`"timeout":"${20 + CHANGES}s"`)
  const live = await steady(() => mesh.seen('v1', `${marker}=`), RATE * SECONDS)
  const copies = new Set(await steady(() => mesh.seen('v2', `${marker}=`), RATE * SECONDS))
  expect(live).toHaveLength(RATE * SECONDS)
  expect(
    live.filter((path) => !copies.has(path)),
    'live requests without their copy'
  ).toEqual([])
}

test('kubectl apply, client-side', async () => {
  await mesh.apply(manifest(20))
  await annotate()
  await survives('client-side', (timeout) => mesh.apply(manifest(timeout)))
})

test('kubectl apply --server-side', async () => {
  const apply = (timeout: number) =>
    mesh.kubectl(['apply', '--server-side', '--field-manager=gitops', '-f', '-'], manifest(timeout))
  await apply(20)
  await annotate()
  await survives('server-side', apply)
})

test('kubectl replace, with the annotation in Git', async () => {
  const metadata = '{name: httpbin, annotations: {kubectl-mirror.dev/to: v2}}'
  await mesh.apply(manifest(20, metadata))
  await survives('replace', (timeout) => mesh.kubectl(['replace', '-f', '-'], manifest(timeout, metadata)))
})

test('kustomize', async () => {
  const apply = (timeout: number) => {
    writeFileSync(join(folder, 'virtual-service.yaml'), manifest(timeout))
    writeFileSync(
      join(folder, 'kustomization.yaml'),
      'resources: [virtual-service.yaml]\ncommonAnnotations: {team: a}\n'
    )
    return mesh.kubectl(['apply', '-k', folder])
  }
  await apply(20)
  await annotate()
  await survives('kustomize', apply)
})

test('helm upgrade', async () => {
  const template = manifest(20).replace('20s', '{{ .Values.timeout }}s')
  writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: app\nversion: 1.0.0\n')
  writeFileSync(join(folder, 'values.yaml'), 'timeout: 20\n')
  const templates = join(folder, 'templates')
  mkdirSync(templates)
  writeFileSync(join(templates, 'virtual-service.yaml'), template)
  const release = (timeout: number) =>
    helm('upgrade', '--install', 'app', folder, '-n', mesh.namespace, '--set', `timeout=${timeout}`)
  await release(20)
  await annotate()
  await survives('helm', release)
  await helm('uninstall', 'app', '-n', mesh.namespace)
})

// A mirror outlives every way of re-applying its route, without a conflict and without a moment off: while a client sends 50
// requests a second, each live request must have its copy. Knows no kind of route.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { helm } from './kubectl.ts'
import { steady, type Mesh } from './mesh.ts'
import { times } from './short.ts'

const RATE = 50
const SECONDS = times(12, 6)
const CHANGES = 3

export interface Reapplied {
  /** For kubectl. */
  readonly route: string
  readonly to: string
  /** What the mirror is in the spec. */
  readonly mirror: string
  /** What callers ask, each at the rate. */
  readonly hosts: readonly string[]
  open(): Promise<Mesh>
  /** As it stands in Git: no mirror; the timeout in seconds is what each re-apply changes. */
  manifest(timeout: number | string, metadata: string): string
}

/** Declares the tests. */
export function testReapplies({ route, to, mirror, hosts, open, manifest: manifestOf }: Reapplied): void {
  let mesh: Mesh
  let folder: string

  beforeAll(async () => {
    mesh = await open()
    folder = mkdtempSync(join(tmpdir(), 'survival-'))
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true })
    await mesh?.close()
  })
  beforeEach(() => mesh.kubectl(['delete', route, '--ignore-not-found']))

  const manifest = (timeout: number | string, metadata = '{name: httpbin}') => manifestOf(timeout, metadata)
  const annotate = () => mesh.kubectl(['annotate', route, `kubectl-mirror.dev/to=${to}`])

  /** Re-applies under traffic; every live request must be seen by v2 too. */
  async function survives(marker: string, reapply: (timeout: number) => Promise<unknown>): Promise<void> {
    await Promise.all(hosts.map((host) => mesh.settle(true, { host })))
    const rate = ['--rate', `${RATE * 60}/m`, '-w', '%{http_code}\n', '-o', '/dev/null']
    const traffic = hosts.map((host, caller) =>
      mesh.curl(...rate, `http://${host}/get?${marker}=${caller}-[1-${RATE * SECONDS}]`)
    )
    for (let change = 1; change <= CHANGES; change++) {
      await sleep((SECONDS * 1_000) / (CHANGES + 2))
      await reapply(20 + change)
      expect(await mesh.spec(route)).toContain(mirror)
    }
    expect(new Set((await Promise.all(traffic)).join('').trim().split('\n'))).toEqual(new Set(['200']))
    expect(await mesh.spec(route)).toContain(`"${20 + CHANGES}s"`)
    const requests = RATE * SECONDS * hosts.length
    const live = await steady(() => mesh.seen('v1', `${marker}=`), requests)
    const copies = new Set(await steady(() => mesh.seen('v2', `${marker}=`), requests))
    expect(live).toHaveLength(requests)
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
    const metadata = `{name: httpbin, annotations: {kubectl-mirror.dev/to: ${to}}}`
    await mesh.apply(manifest(20, metadata))
    await survives('replace', (timeout) => mesh.kubectl(['replace', '-f', '-'], manifest(timeout, metadata)))
  })

  test('kustomize', async () => {
    const apply = (timeout: number) => {
      writeFileSync(join(folder, 'route.yaml'), manifest(timeout))
      writeFileSync(join(folder, 'kustomization.yaml'), 'resources: [route.yaml]\ncommonAnnotations: {team: a}\n')
      return mesh.kubectl(['apply', '-k', folder])
    }
    await apply(20)
    await annotate()
    await survives('kustomize', apply)
  })

  test('helm upgrade', async () => {
    writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: app\nversion: 1.0.0\n')
    writeFileSync(join(folder, 'values.yaml'), 'timeout: 20\n')
    const templates = join(folder, 'templates')
    mkdirSync(templates)
    writeFileSync(join(templates, 'route.yaml'), manifest('{{ .Values.timeout }}'))
    const release = (timeout: number) =>
      helm('upgrade', '--install', 'app', folder, '-n', mesh.namespace, '--set', `timeout=${timeout}`)
    await release(20)
    await annotate()
    await survives('helm', release)
    await helm('uninstall', 'app', '-n', mesh.namespace)
  })
}

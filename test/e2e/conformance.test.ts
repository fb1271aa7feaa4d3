// The Gateway API's own tests of mirrors judge what our webhook injects into an HTTPRoute: see test/conformance.
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { buildPrograms, programPath } from '../sandbox/build.ts'
import { buildForSandbox } from '../sandbox/import.ts'
import { inside } from '../sandbox/namespace.ts'
import { placeOf } from '../sandbox/place.ts'
import { Progress } from '../sandbox/progress.ts'
import { readRecord } from '../sandbox/record.ts'
import { start, type Ended } from './command.ts'
import { installWebhook, uninstallWebhook } from './install.ts'
import { environment, kubectl, runKubectl } from './kubectl.ts'
import { until } from '../until.ts'

const IMAGE = 'localhost/echo-basic:sandbox'
const MISSING = 'Couldn\'t find mirrored request in "gateway-conformance-infra/infra-backend-v2" logs'
const place = placeOf(process.env)

// The suite dials the Gateway's address, which is inside of the sandbox.
describe.skipIf(!inject('ownsNode'))('Gateway API conformance', () => {
  beforeAll(async () => {
    const session = { place, progress: new Progress(process.stderr), signal: new AbortController().signal }
    const programs = await buildPrograms(['gateway-conformance', 'echo-basic'], session, () => undefined)
    const dockerfile = join(import.meta.dirname, '../sandbox/images/echo-basic.Dockerfile')
    await buildForSandbox({ context: dirname(programs['echo-basic']), dockerfile, tag: IMAGE }, session)
  })
  afterAll(() => kubectl('delete', 'namespace', 'gateway-conformance-infra', '--ignore-not-found', '--wait=false'))

  test('without the webhook no copy comes, and the judge says so', async () => {
    await uninstallWebhook()
    let ended: Ended
    try {
      ended = await judge('HTTPRouteRequestMirror')
    } finally {
      await installWebhook()
      await until('a route is mirrored as it is created', mirrorsAtOnce, 30_000)
    }
    expect(ended.stdout).toContain(MISSING)
    expect(ended.code, ended.stdout).toBe(1)
  })

  test.each(['HTTPRouteRequestMirror', 'HTTPRouteRequestMultipleMirrors', 'HTTPRouteRequestPercentageMirror'])(
    '%s',
    async (name) => {
      const { code, stdout, stderr } = await judge(name)
      expect(code, stdout + stderr).toBe(0)
      expect(stdout).toMatch(new RegExp(`^ *--- PASS: Conformance/${name} `, 'm'))
    }
  )
})

/** What the leader heals later comes too late for the judge, which sends one request as soon as the route is accepted. */
async function mirrorsAtOnce(): Promise<boolean> {
  const namespace = 'gateway-conformance-infra'
  const route = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'tried', namespace, annotations: { 'kubectl-mirror.dev/to': 'infra-backend-v2' } },
    spec: {
      parentRefs: [{ name: 'same-namespace' }],
      rules: [{ backendRefs: [{ name: 'infra-backend-v1', port: 8080 }] }]
    }
  }
  const stored = await runKubectl(['create', '--dry-run=server', '--output=json', '--filename=-'], {
    input: JSON.stringify(route)
  })
  return stored.includes('"requestMirror"')
}

/** The suite's verdict of one of its tests. */
function judge(name: string): Promise<Ended> {
  const record = readRecord(place)
  if (record === undefined) throw new Error('there is no sandbox')
  const program = programPath('gateway-conformance', place)
  const [file = '', ...args] = inside(record, [program, '-image', IMAGE, '-test.v', name])
  return start(file, args, { env: environment() }).ended
}

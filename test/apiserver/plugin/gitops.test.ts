// What docs/gitops.md says of kubectl beside a mirror, each statement with the real kubectl, API server and webhook.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testNamespace, TO } from './namespace.ts'
import { tryKubectl, type Ended } from './run.ts'
import { serveWebhook, type ServedWebhook } from './serve-webhook.ts'

const NAMESPACE = 'plugin-gitops'
const space = testNamespace(NAMESPACE)
const { get, owners, create } = space
let webhook: ServedWebhook

beforeAll(async () => {
  await create()
  webhook = await serveWebhook(space)
})
afterAll(() => webhook?.remove())
beforeEach(() => tryKubectl(['-n', NAMESPACE, 'delete', 'virtualservice', 'httpbin', '--ignore-not-found']))

/** As in Git: without a mirror. */
function manifest(timeout: string, annotations = `{${TO}: v2}`): string {
  return `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: httpbin, annotations: ${annotations}}
spec:
  hosts: [httpbin]
  http:
  - timeout: ${timeout}
    route: [{destination: {host: httpbin, subset: v1}}]
`
}

function onManifest(args: readonly string[], text = manifest('20s')): Promise<Ended> {
  return tryKubectl(['-n', NAMESPACE, ...args, '-f', '-'], { input: text })
}

const mirrored = () => get('{.spec.http[0].mirror.subset} {.spec.http[0].timeout}')

test('kubectl apply says "configured" each time, and changes nothing', async () => {
  expect((await onManifest(['apply'])).stdout).toContain(' created')
  const version = await get('{.metadata.resourceVersion}')
  for (let time = 0; time < 2; time++) {
    expect((await onManifest(['apply'])).stdout).toBe('virtualservice.networking.istio.io/httpbin configured\n')
  }
  expect(await get('{.metadata.resourceVersion}')).toBe(version)
  expect(await mirrored()).toBe('v2 20s')
})

test('kubectl diff shows what the manifest changes, and never the mirror', async () => {
  await onManifest(['apply'])
  expect(await onManifest(['diff'])).toEqual({ code: 0, stdout: '', stderr: '' })
  const { code, stdout } = await onManifest(['diff'], manifest('30s'))
  const lines = stdout.match(/^[-+] .*/gm)?.map((line) => line.replaceAll(/ +/g, ' '))
  expect({ code, lines: lines?.filter((line) => !line.includes('generation')) }).toEqual({
    code: 1,
    lines: ['- timeout: 20s', '+ timeout: 30s']
  })
})

test("a server-side dry run, as in Argo CD's ServerSideDiff, shows no difference", async () => {
  const asArgo = ['--server-side', '--field-manager=argocd-controller']
  await onManifest(['apply', ...asArgo])
  expect(await onManifest(['diff', ...asArgo])).toEqual({ code: 0, stdout: '', stderr: '' })
  const spec = ['-o', 'jsonpath={.spec.http[0].mirror.subset}']
  expect((await onManifest(['apply', ...asArgo, '--dry-run=server', ...spec])).stdout).toBe('v2')
})

/** Said when the annotations are new, and not again. */
const HAZARD: string = expect.stringMatching(/^Warning: spec\.http\[0\]: httpbin\/v2 has no limits[^\n]*\n$/)
const APPLIED = { code: 0, stdout: 'virtualservice.networking.istio.io/httpbin serverside-applied\n', stderr: '' }

test('the switch from client-side to server-side apply conflicts while a mirror is on, and is forced once', async () => {
  await onManifest(['apply'])
  const { code, stderr } = await onManifest(['apply', '--server-side'])
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^error: Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using networking.istio.io\/v1: .spec.http\n/
  )
  expect(await onManifest(['apply', '--server-side', '--force-conflicts'])).toEqual(APPLIED)
  expect(await mirrored()).toBe('v2 20s')
  expect(await onManifest(['apply', '--server-side'], manifest('30s'))).toEqual(APPLIED)
  expect(await mirrored()).toBe('v2 30s')
  const rules = (await owners()).filter((owner) => owner.includes('f:http'))
  expect(rules).toEqual([expect.stringMatching(/^kubectl Apply /)])
})

test('or with the annotations removed, and no conflict', async () => {
  await onManifest(['apply'])
  expect((await onManifest(['apply'], manifest('20s', '{}'))).code).toBe(0)
  expect(await onManifest(['apply', '--server-side'], manifest('20s', '{}'))).toEqual(APPLIED)
  expect(await onManifest(['apply', '--server-side'])).toEqual({ ...APPLIED, stderr: HAZARD })
  expect(await mirrored()).toBe('v2 20s')
})

test.for(['apply', 'apply --server-side', 'create', 'replace'])(
  'kubectl %s refuses a number without quotes',
  async (verb) => {
    const bare = manifest('20s', `{${TO}: v2, kubectl-mirror.dev/percent: 10}`)
    expect(await onManifest(verb.split(' '), bare)).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(
        'cannot unmarshal number into Go struct field ObjectMeta.metadata.annotations of type string'
      )
    })
  }
)

test('a number in quotes, a target and a time without them', async () => {
  const annotations = `{${TO}: v2=5, kubectl-mirror.dev/until: 2130-01-31T18:00:00Z, kubectl-mirror.dev/percent: "10"}`
  expect((await onManifest(['apply'], manifest('20s', annotations))).stderr).toEqual(HAZARD)
  expect(await get('{.spec.http[0].mirrorPercentage.value}')).toBe('5')
})

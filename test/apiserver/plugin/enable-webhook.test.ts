// enable --create beside a webhook that wants known targets: what the run itself makes is neither warned of nor denied.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testNamespace } from './namespace.ts'
import { kubectl } from '../own-server.ts'
import { serveWebhook, type ServedWebhook } from './serve-webhook.ts'

const NAMESPACE = 'plugin-enable-webhook'
const space = testNamespace(NAMESPACE)
const { run, get, create } = space
let webhook: ServedWebhook | undefined

beforeAll(async () => {
  await create()
  await kubectl(['-n', NAMESPACE, 'delete', 'destinationrules', '--all'])
})
afterAll(() => webhook?.remove())

/** No word about the DestinationRule that it has just made. */
const UNCONCERNED: string = expect.not.stringContaining('DestinationRule')

test.for([false, true])('with requireKnownTarget=%s', async (isRequired) => {
  await webhook?.remove()
  webhook = await serveWebhook(space, '--set', `policy.requireKnownTarget=${isRequired}`)
  for (let round = 1; round <= 3; round++) {
    expect(await run('enable', 'httpbin', '--create', '--to', 'v2', '--dry-run=server')).toMatchObject({
      code: 0,
      stderr: UNCONCERNED
    })
    const { code, stderr, stdout } = await run('enable', 'httpbin', '--create', '--to', 'v2', '-o', 'json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: UNCONCERNED })
    const { kind, items } = JSON.parse(stdout) as { kind: string; items: readonly { kind: string }[] }
    expect([kind, ...items.map((item) => item.kind)]).toEqual(['List', 'DestinationRule', 'VirtualService'])
    expect(await get('{.spec.http[0].mirror.subset}')).toBe('v2')
    const deleted = await run('disable', 'httpbin', '--created', '-o', 'name')
    expect(deleted.stdout).toBe(
      'virtualservice.networking.istio.io/httpbin\ndestinationrule.networking.istio.io/httpbin\n'
    )
  }
})

test('another target that is unknown is denied, and takes the DestinationRule along', async () => {
  const { code, stderr } = await run('enable', 'httpbin', '--create', '--to', 'v2,nowhere/', '--from', 'v1')
  expect(code).toBe(1)
  expect(stderr).toContain('nowhere.plugin-enable-webhook.svc.cluster.local')
  expect(await kubectl(['-n', NAMESPACE, 'get', 'virtualservices,destinationrules', '-o', 'name'])).toBe('')
})

// enable and disable beside the real webhook, and after it has gone.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testNamespace } from './namespace.ts'
import { serveWebhook, type ServedWebhook } from './serve-webhook.ts'

const space = testNamespace('plugin-webhook')
const { run, apply, get, owners, create, reset } = space
let webhook: ServedWebhook

beforeAll(async () => {
  await create()
  await reset()
  webhook = await serveWebhook(space)
})
afterAll(() => webhook?.remove())

// The steps of one story, in their order.
test('enable writes annotations alone: what admission changes belongs to the manager of the rules', async () => {
  const ruleOwners = async () => (await owners()).filter((owner) => owner.includes('f:http'))
  const before = await ruleOwners()
  const { code, stdout, stderr } = await run('enable', 'httpbin', '--to', 'v2', '--percent', '25')
  const hazard = 'httpbin/v2 gets bodies of any size: if it hangs, large uploads stall; set max-body'
  expect({ code, stderr }).toEqual({ code: 0, stderr: `Warning: spec.http[1]: ${hazard}\n` })
  expect(stdout).toContain('spec.http[1] "api": v1 -> v2, 25%')
  expect(await get('{.spec.http[1].mirror}{.spec.http[1].mirrorPercentage}')).toBe(
    '{"host":"httpbin","subset":"v2"}{"value":25}'
  )
  expect(await ruleOwners()).toEqual(before)
  expect(await owners()).toContainEqual(expect.stringMatching(/^mirror-plugin Apply .*kubectl-mirror.dev\/to/))
})

test('an apply that knows nothing of the mirror keeps it', async () => {
  await apply(JSON.parse((await get('{}')).replace('"timeout":"5s"', '"timeout":"9s"')) as object).catch(
    () => undefined
  )
  const { stdout } = await run('status', 'httpbin', '-o', 'jsonpath={.state.code}')
  expect(stdout).toBe('Active')
})

test("the webhook's refusal comes through in the API server's words", async () => {
  const { code, stderr } = await run('enable', 'httpbin', '--to', 'v2', '--route', 'nope')
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^Error from server.*: admission webhook "mirror\.kubectl-mirror\.dev" denied the request: .*"nope"/
  )
})

test('its warnings are printed once', async () => {
  const { code, stderr } = await run('enable', 'httpbin', '--to', 'v9', '--replace')
  expect(code).toBe(0)
  expect(stderr.match(/"v9"/g)).toHaveLength(1)
  await run('enable', 'httpbin', '--to', 'v2', '--replace')
})

test('disable gives back the rules, and again once the webhook is gone', async () => {
  const { stdout } = await run('disable', 'httpbin')
  expect(stdout).toBe('virtualservice.networking.istio.io/httpbin no longer mirrored\n')
  const spec = await get('{.spec}')
  expect(spec).not.toContain('mirror')
  const before = await owners()
  await run('enable', 'httpbin', '--to', 'v2')
  expect(await get('{.spec}')).toContain('mirror')
  await webhook.stop('SIGKILL')
  expect((await run('disable', 'httpbin')).code).toBe(0)
  expect(await get('{.spec}')).toBe(spec)
  expect(await owners()).toEqual(before)
})

test('enable says that the webhook does not answer', async () => {
  const { code, stderr } = await run('enable', 'httpbin', '--to', 'v2')
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /is installed but did not respond\nFind out why:\n {2}kubectl mirror check -n plugin-webhook\n/
  )
  const { stdout } = await run('check', '-o', 'jsonpath={.[?(@.name=="injection")].outcome}')
  expect(stdout).toBe('failed')
})

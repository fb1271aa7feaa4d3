// `check` beside a real API server: what keeps one link from being looked at leaves the others as they are.
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { testNamespace } from './plugin-namespace.ts'

const NAMESPACE = 'plugin-check'
const { run, create, reset } = testNamespace(NAMESPACE)

beforeAll(create)
beforeEach(reset)

test('a probe that cannot be sent leaves the chain before it', async () => {
  await run('enable', 'httpbin', '--to', 'v2', '--direct')
  const { code, stdout, stderr } = await run('check', 'httpbin', '--probe', 'nope')
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
  expect(stdout).toMatch(/^ok +annotation +Active: /m)
  expect(stdout).toMatch(/^failed +probe +pods "nope" not found$/m)
  const misspelt = await run('check', 'httpbin', '--probe', 'job/nope')
  expect(misspelt.stdout).toMatch(/^failed +probe +--probe: "job\/nope" is neither POD, pod\/POD nor deploy\/NAME$/m)
})

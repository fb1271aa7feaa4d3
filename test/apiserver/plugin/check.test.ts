// `check` beside a real API server: what keeps one link from being looked at leaves the others as they are.
import { beforeAll, beforeEach, describe, afterAll, expect, test } from 'vitest'
import { testNamespace } from './namespace.ts'
import { mirror } from './run.ts'
import { installChart, startWebhook, type InstalledChart, type RunningWebhook } from '../webhook/under-test.ts'
import { kubectl } from '../own-server.ts'
import { until } from '../../until.ts'

const NAMESPACE = 'plugin-check'
const { run, create, reset } = testNamespace(NAMESPACE)

beforeAll(create)
beforeEach(reset)

test('a probe that cannot be sent leaves the chain before it', async () => {
  await run('enable', 'httpbin', '--to', 'v2', '--direct', '--method', 'GET')
  const { code, stdout, stderr } = await run('check', 'httpbin', '--probe', 'nope')
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
  expect(stdout).toMatch(/^ok +annotation +Active: v1 -> httpbin\/v2=100, only GET$/m)
  expect(stdout).toMatch(/^failed +probe +pods "nope" not found$/m)
  const misspelt = await run('check', 'httpbin', '--probe', 'job/nope')
  expect(misspelt.stdout).toMatch(/^failed +probe +--probe: "job\/nope" is neither POD, pod\/POD nor deploy\/NAME$/m)
})

test('of a namespace that does not exist nothing is ok', async () => {
  const { code, stdout } = await mirror(['check', '--namespace', 'nope'])
  expect(code).toBe(1)
  expect(stdout).toMatch(/^failed +namespace +there is no namespace nope$/m)
  expect(stdout).not.toContain('permissions')
})

test('what it says to type is about the cluster that was asked', async () => {
  const { stdout } = await run('check', 'httpbin', '--context', 'apiserver')
  expect(stdout).toMatch(/-> kubectl mirror enable httpbin --to v2 -n plugin-check --context apiserver$/m)
  await kubectl(['annotate', 'virtualservice/httpbin', '-n', NAMESPACE, 'kubectl-mirror.dev/to=v2'])
  const unseen = await run('status', 'httpbin', '-o', 'wide', '--context', 'apiserver')
  expect(unseen.stdout).toContain(
    'no webhook has handled it; kubectl mirror check -n plugin-check --context apiserver\n'
  )
})

test('ambient mode without a waypoint is why nothing is copied', async () => {
  const label = (...labels: string[]) => kubectl(['label', 'namespace', NAMESPACE, '--overwrite', ...labels])
  await run('enable', 'httpbin', '--to', 'v2', '--direct')
  await label('istio.io/dataplane-mode=ambient')
  const without = await run('check', 'httpbin')
  await label('istio.io/use-waypoint=waypoint')
  const having = await run('check', 'httpbin')
  await label('istio.io/dataplane-mode-', 'istio.io/use-waypoint-')
  expect(without.stdout).toMatch(
    /^failed +sidecar injection +namespace plugin-check is ambient without a waypoint; .*\n +-> istioctl waypoint apply /m
  )
  expect(having.stdout).toMatch(/^ok +sidecar injection +namespace plugin-check is ambient, with waypoint waypoint$/m)
  expect((await run('check', 'httpbin')).stdout).not.toContain('sidecar injection')
})

describe('beside a webhook with a policy and a selector', () => {
  let chart: InstalledChart
  let webhook: RunningWebhook

  beforeAll(async () => {
    const selector = JSON.stringify({ matchLabels: { mirrored: 'yes' } })
    chart = await installChart(
      '--set',
      'policy.requireExpiry=true',
      '--set-json',
      `webhook.namespaceSelector=${selector}`
    )
    webhook = await startWebhook(chart)
  })
  afterAll(async () => {
    await webhook?.stop()
    await chart?.uninstall()
  })

  test('a namespace that its selector excludes is named as the cause, by check and by enable', async () => {
    const { stdout } = await run('check')
    expect(stdout).toMatch(/^failed +injection +the webhook excludes namespace plugin-check by its namespaceSelector$/m)
    const { stderr } = await run('enable', 'httpbin', '--to', 'v2', '--for', '1h')
    expect(stderr).toContain('excludes namespace plugin-check by its namespaceSelector')
    expect(stderr).not.toContain('did not respond')
    const direct = await run('enable', 'httpbin', '--to', 'v2', '--for', '1h', '--direct', '--dry-run=server')
    expect(direct.stderr).toMatch(
      /^Warning: the webhook excludes plugin-check\/httpbin by its namespaceSelector, so nothing ends this mirror at \S+; run then: /
    )
  })

  test('a denial by its policy proves that it answers', async () => {
    await kubectl(['label', 'namespace', NAMESPACE, 'mirrored=yes'])
    await until('the webhook is asked', async () => (await run('check')).stdout.includes('the webhook responds'))
    const { stdout } = await run('check')
    expect(stdout).toMatch(/^ok +injection +the webhook responds; its policy refuses the dry run: .*until/m)
  })
})

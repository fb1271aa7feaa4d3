// `kubectl mirror check` on an installation that does not work.
import { afterAll, expect, test } from 'vitest'
import { installWebhook } from './install.ts'
import { kubectl, startKubectl } from './kubectl.ts'
import { PLACE } from './release.ts'

afterAll(() => installWebhook())

test('a webhook scaled to 0 is named as the cause', async () => {
  await installWebhook()
  await kubectl('scale', 'deploy/kubectl-mirror', '--replicas=0', ...PLACE)
  await kubectl('wait', '--for=delete', 'pods', '--all', '--timeout=60s', ...PLACE)
  const { code, stdout } = await startKubectl(['mirror', 'check']).ended
  expect(stdout).toMatch(/^failed +webhook pods +none is ready behind Service kubectl-mirror\/kubectl-mirror$/m)
  expect(stdout).toMatch(/^failed +injection +.*gets no mirror$/m)
  expect(code).toBe(1)
})

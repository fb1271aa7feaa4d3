// What is said of mirrors that go nowhere, by a leader and by who no longer is one.
import { expect, test, vi } from 'vitest'
import { createMetrics } from '../../../../webhook/kubernetes/metrics.ts'
import { createTargetMonitor, type TargetMonitorOptions } from '../../../../webhook/controller/target-monitor.ts'

test('who no longer leads reports no unavailable targets', async () => {
  vi.useFakeTimers()
  const { controller: metrics } = createMetrics()
  const leading = new AbortController()
  const mirror = { uid: '1', namespace: 'ns', name: 'a', injected: 'gone/v2', fingerprint: 'f' }
  const options = {
    mirrors: new Map([['ns/a', mirror]]),
    mesh: { ports: () => undefined, subsets: () => [] },
    current: () => true,
    record: () => undefined,
    failed: () => undefined,
    metrics,
    signal: leading.signal
  } as unknown as TargetMonitorOptions // only what the monitor reads of a mirror
  const unavailable = async () => (await metrics.unavailable.get()).values[0]?.value
  createTargetMonitor(options)()
  vi.runAllTimers()
  expect(await unavailable()).toBe(1)
  leading.abort()
  expect(await unavailable()).toBe(0)
  vi.useRealTimers()
})

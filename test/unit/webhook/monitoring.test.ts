// Alerts and dashboard speak of metrics that there are.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createMetrics } from '../../../webhook/kubernetes/metrics.ts'

const MONITORING = new URL('../../../charts/kubectl-mirror/monitoring/', import.meta.url)
const read = (file: string) => readFileSync(new URL(file, MONITORING), 'utf8')

function namesIn(text: string): string[] {
  return [...new Set(text.match(/\b(kubectl_mirror|nodejs|process)_\w+/g))]
}

function known(): Set<string> {
  const names = createMetrics()
    .registry.getMetricsAsArray()
    .map(({ name }) => name)
  return new Set(names.flatMap((name) => [name, `${name}_bucket`, `${name}_count`, `${name}_sum`]))
}

test.for(['alerts.yaml', 'alerts.test.yaml', 'dashboard.json'])(
  '%s names only metrics that the webhook has',
  (file) => {
    const names = namesIn(read(file))
    expect(names.length).toBeGreaterThan(5)
    expect(names.filter((name) => !known().has(name))).toEqual([])
  }
)

test('the dashboard shows every metric of ours, and its panels do not overlap', () => {
  const shown = new Set(namesIn(read('dashboard.json')).map((name) => name.replace(/_(bucket|count)$/, '')))
  const ours = [...known()].filter((name) => name.startsWith('kubectl_mirror_') && !/_(bucket|count|sum)$/.test(name))
  expect(ours.filter((name) => !shown.has(name))).toEqual([])
  const { panels } = JSON.parse(read('dashboard.json')) as {
    panels: { gridPos: { x: number; y: number; w: number } }[]
  }
  expect(new Set(panels.map(({ gridPos: { x, y } }) => `${x},${y}`)).size).toBe(panels.length)
  expect(panels.every(({ gridPos: { x, w } }) => x % w === 0)).toBe(true)
})

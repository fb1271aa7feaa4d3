// compare beside many pods: their logs come through the real API server from a model of the kubelet. With MANY_PODS=long 200 of each
// version.
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { maskRequestId } from '../../../plugin/compare/sources/record.ts'
import { isChosen } from '../../../plugin/compare/sources/sample.ts'
import { createObjects } from '../../many-pods/objects.ts'
import { compareMany, startKubelet, type Compared, type Kubelet } from '../../many-pods/compared.ts'
import { figuresIn } from '../../many-pods/figures.ts'
import { truthOf } from '../../many-pods/traffic.ts'
import { ask } from '../ask.ts'
import { kubeconfig } from '../own-server.ts'

const NAMESPACE = 'many-pods'
const IS_LONG = process.env['MANY_PODS'] === 'long'
const LOAD = IS_LONG ? { pods: 200, rate: 10_000 } : { pods: 30, rate: 1000 }
const SECONDS = IS_LONG ? 90 : 3
/** MB */
const MOST_MEMORY = 250
let kubelet: Kubelet

beforeAll(async () => {
  kubelet = await startKubelet(join(dirname(kubeconfig()), 'pki'), 'apiserver', LOAD)
  await createObjects(ask, NAMESPACE, LOAD.pods, kubelet.port)
})
afterAll(() => kubelet.stop())

function run(...flags: readonly string[]): Promise<Compared> {
  const plugin = join(import.meta.dirname, '../../../dist/kubectl-mirror')
  return compareMany(kubelet, LOAD, SECONDS, { plugin, kubeconfig: kubeconfig(), namespace: NAMESPACE, flags })
}

test('of the logs of 60 pods no record is lost, and each planted difference is found', async () => {
  const { stdout, stderr, code, written } = await run('--fail-on', 'missing>1%,status>0.1%')
  expect(stderr).toBe('')
  expect(figuresIn(stdout)).toEqual(truthOf(LOAD, written.first, SECONDS))
  expect(stdout).toMatch(/^FAILED {3}missing>1%: GET \/carts\/\{id\} \(2 %\)$/m)
  expect(code).toBe(2)
})

test('of a sample each figure is that of the chosen requests', async () => {
  const { stdout, stderr, written } = await run('--sample', '1/5')
  expect(stderr).toBe('')
  const isOfSample = (id: string) => isChosen(maskRequestId(id), 5)
  expect(figuresIn(stdout)).toEqual(truthOf(LOAD, written.first, SECONDS, isOfSample))
  expect(stdout).toContain('v2 mirror of 100 %, 1 of 5 requests')
})

/** Two whole cores, and the plateau is reached after half a minute: not beside other tests. */
test.runIf(IS_LONG)('a minute and a half of 20,000 records a second: none is lost, and memory stays flat', async () => {
  const { stdout, stderr, written, memory, peak, processor } = await run()
  console.log(
    `peak ${Math.round(peak)} MB, ${Math.round((1000 * processor) / written.lines)} µs of processor time a record`
  )
  expect(stderr).toBe('')
  expect(figuresIn(stdout)).toEqual(truthOf(LOAD, written.first, SECONDS))
  // Else the load was late, not the reader.
  expect(written.late).toBeLessThan(1000)
  expect(peak).toBeLessThan(MOST_MEMORY)
  const third = Math.floor(memory.length / 3)
  expect(mean(memory.slice(2 * third)) / mean(memory.slice(third, 2 * third))).toBeLessThan(1.05)
})

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length
}

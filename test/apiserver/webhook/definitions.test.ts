// Istio's resource definitions are not there when the webhook is installed, come later, and are replaced while it runs.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../until.ts'
import { applyAll, areEstablished, clear, printed } from '../objects.ts'
import { kubectl } from '../own-server.ts'
import {
  installChart,
  startWebhook,
  storedVirtualService,
  type InstalledChart,
  type RunningWebhook
} from './under-test.ts'

const KINDS = ['virtualservices', 'destinationrules', 'serviceentries']
const NAMES = KINDS.map((kind) => `customresourcedefinition/${kind}.networking.istio.io`)
const SPEC = {
  hosts: ['httpbin'],
  http: [{ route: [{ destination: { host: 'httpbin', subset: 'v1' } }] }]
}

let definitions: string
let chart: InstalledChart
let webhook: RunningWebhook | undefined

beforeAll(async () => {
  const { items } = JSON.parse(await kubectl(['get', ...NAMES, '--output=json'])) as {
    readonly items: readonly Stored[]
  }
  const bare = items.map(({ metadata: { name }, status: _, ...rest }) => ({ ...rest, metadata: { name } }))
  definitions = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: bare })
  await kubectl(['delete', ...NAMES])
  chart = await installChart()
  webhook = await startWebhook(chart)
})
afterAll(async () => {
  await webhook?.stop()
  await restore()
  await clear('default', 'virtualservices')
  await chart?.uninstall()
})

interface Stored {
  readonly metadata: { readonly name: string }
  readonly status: object
}

/** Other files of this worker use them, too. */
async function restore(): Promise<void> {
  await applyAll(definitions, true)
  await areEstablished(definitions)
}

/** By the next few writes at the latest: the API server itself needs a moment. */
async function isMirrored(name: string, end: Date): Promise<boolean> {
  const annotations = { 'kubectl-mirror.dev/to': 'v2', 'kubectl-mirror.dev/until': end.toISOString() }
  const object = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, annotations },
    spec: SPEC
  }
  await applyAll(JSON.stringify(object))
  return (await mirrorOf(name)) !== ''
}

async function mirrorOf(name: string): Promise<string> {
  return printed(await storedVirtualService(name), '{.spec.http[0].mirror}')
}

test('ready without them; once they come, it mirrors, and its leader ends mirrors', async () => {
  expect(await webhook?.readiness()).toMatch(/^ok/)
  await restore()
  const end = new Date(Date.now() + 8000)
  await until('it is mirrored', () => isMirrored('late', end))
  await until('it has ended', async () => (await mirrorOf('late')) === '', 60_000)
})

test('the same when they are deleted, with all objects, and come back', async () => {
  await kubectl(['delete', ...NAMES])
  expect(await webhook?.readiness()).toMatch(/^ok/)
  await restore()
  const end = new Date(Date.now() + 8000)
  await until('it is mirrored', () => isMirrored('again', end))
  await until('it has ended', async () => (await mirrorOf('again')) === '', 60_000)
})

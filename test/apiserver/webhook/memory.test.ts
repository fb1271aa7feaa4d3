// What large objects of other people cost the webhook: 500 of 100 KiB, which it lists whole, in a real process.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Cluster } from '../../../webhook/kubernetes/client.ts'
import { connectAs, installChart, startWebhook, type InstalledChart, type RunningWebhook } from './under-test.ts'
import { kubectl } from '../own-server.ts'

const RULES = '/apis/networking.istio.io/v1/namespaces/default/destinationrules'
const MIB = 1024 * 1024

let chart: InstalledChart
let cluster: Cluster

beforeAll(async () => {
  // Readiness then waits for the whole mesh.
  chart = await installChart('--set', 'policy.requireKnownTarget=true')
  await kubectl(['create', 'serviceaccount', 'writer'])
  const binding = ['writer', '--clusterrole=cluster-admin', '--serviceaccount=default:writer']
  await kubectl(['create', 'clusterrolebinding', ...binding])
  cluster = await connectAs('writer', 'default')
})
afterAll(async () => {
  await forEach(names, (name) => cluster.send('DELETE', `${RULES}/${name}`))
  cluster?.close()
  await kubectl(['delete', 'clusterrolebinding/writer', 'serviceaccount/writer'])
  await chart?.uninstall()
})

const names = Array.from({ length: 500 }, (_, index) => `large-${index}`)

async function forEach(all: readonly string[], act: (name: string) => Promise<unknown>): Promise<void> {
  const left = [...all]
  const worker = async (): Promise<void> => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) await act(name)
  }
  await Promise.all(Array.from({ length: 4 }, worker))
}

function write(name: string): Promise<unknown> {
  const metadata = { name, annotations: { note: name.padEnd(100 * 1024, 'x') } }
  const spec = { host: name, subsets: [{ name: 'v1' }, { name: 'v2' }] }
  return cluster.send('POST', RULES, {
    body: { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata, spec }
  })
}

/** The most that was ever resident, in bytes. */
async function peakOf(webhook: RunningWebhook): Promise<number> {
  const status = await readFile(`/proc/${webhook.pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

async function peakOfStart(): Promise<number> {
  const webhook = await startWebhook(chart)
  const peak = await peakOf(webhook)
  await webhook.stop()
  return peak
}

async function medianOfStarts(): Promise<number> {
  const peaks = [await peakOfStart(), await peakOfStart(), await peakOfStart()]
  return peaks.toSorted((a, b) => a - b)[1] ?? Number.NaN
}

test.skipIf(process.platform !== 'linux')(
  '500 objects of 100 KiB cost less than 100 MiB',
  async () => {
    const without = await medianOfStarts()
    await forEach(names, write)
    const cost = (await medianOfStarts()) - without
    expect(cost / MIB).toBeLessThan(100)
  },
  240_000
)

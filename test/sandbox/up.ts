// Brings a sandbox up, or takes the one that stands; on any failure or interruption takes down what it began.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Assets, assetsKey, prepare } from './assets.ts'
import { makeCgroups } from './cgroups.ts'
import {
  type Cluster,
  startApiServer,
  startContainerd,
  startControllers,
  startNode,
  writeClusterFiles
} from './cluster.ts'
import { leavesTraces, tearDown } from './down.ts'
import { installCoreDns, installGatewayApi, installIstioBase, installIstiod } from './istio.ts'
import { exclusively } from './lock.ts'
import { holdNamespaces } from './namespace.ts'
import { joinHost } from './network.ts'
import { preflight } from './preflight.ts'
import { type SandboxRecord, writeRecord } from './record.ts'
import { type Session, together } from './session.ts'
import { flawOf } from './status.ts'
import { placeStore } from './store.ts'

export async function up(session: Session): Promise<{ reused: boolean }> {
  const { place, progress } = session
  await preflight(place)
  return alone(session, async () => {
    if ((await flawOf(session)) === undefined) return { reused: true }
    if (leavesTraces(place)) await progress.step('clear away what an earlier run left', () => tearDown(place))
    await rm(place.logs, { recursive: true, force: true })
    const assets = await prepare(session)
    try {
      await raise(session, assets)
    } catch (error) {
      await progress.step('take down what was begun', () => tearDown(place))
      throw error
    }
    return { reused: false }
  })
}

export async function down(session: Session): Promise<void> {
  await alone(session, async () => {
    if (leavesTraces(session.place)) await session.progress.step('take the sandbox down', () => tearDown(session.place))
  })
}

/** Not while another run brings the same sandbox up or down. */
async function alone<T>({ place, progress, signal }: Session, work: () => Promise<T>): Promise<T> {
  const say = (detail: string) => progress.note(`sandbox ${place.instance}: ${detail}`)
  return exclusively(`sandbox ${place.state}`, { say, signal }, work)
}

async function raise(session: Session, { programs, tools, istio, gatewayApi, store }: Assets): Promise<void> {
  const { place, progress, signal } = session
  const record: SandboxRecord = { key: assetsKey(place), ready: false, daemons: {} }
  const cluster = (own: Session): Cluster => ({ session: own, record, programs, tools })
  await progress.step('namespaces, network, certificates', async () => {
    writeRecord(place, record)
    await makeCgroups(place)
    await holdNamespaces(place, record, signal)
    await joinHost(session, record)
    await writeClusterFiles(place)
  })
  await together(session, [
    async (own) => {
      await progress.step('API server', () => startApiServer(cluster(own)))
      startControllers(cluster(own))
      await progress.step('Istio and the Gateway API: resource definitions', async () => {
        await installIstioBase(cluster(own), istio.charts)
        await installGatewayApi(cluster(own), gatewayApi)
      })
    },
    async (own) => {
      await progress.step('containerd with its images', async () => {
        await placeStore(store, join(place.state, 'containerd/root'), own.signal)
        await startContainerd(cluster(own))
      })
    }
  ])
  await progress.step('node', () => startNode(cluster(session)))
  await progress.step('CoreDNS and istiod', async (say) => {
    await installCoreDns(cluster(session))
    await installIstiod(cluster(session), istio.charts, say)
  })
  writeRecord(place, { ...record, ready: true })
}

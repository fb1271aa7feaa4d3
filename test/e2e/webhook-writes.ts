// A steady stream of writes to annotated VirtualServices, straight to the API server, and the result of each. Each write
// replaces all rules, as a re-apply from Git does: without admission it would lose its mirror. Knows no webhook.
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { until } from '../until.ts'
import { connect, SOCKETS } from './api-requests.ts'
import { countFailedCalls, readFailures } from './failed-calls.ts'
import { kubectl } from './kubectl.ts'

export interface Writes extends Flaws {
  readonly count: number
  /** As many as were really begun; what the machine cannot take is not heaped up. */
  readonly perSecond: number
  /** Milliseconds, sorted. */
  readonly latencies: readonly number[]
}

export interface Flaws {
  /** Answers that are no 2xx, and broken connections; every one with its text. */
  readonly failed: readonly string[]
  /** Stored, but without the mirror that its annotation asks for. */
  readonly unmirrored: readonly Date[]
  /** Admission calls, meanwhile, of any write. */
  readonly failedCalls: number
  /** The API server's, for these. */
  readonly reasons: readonly string[]
}

export const FLAWLESS: Flaws = { failed: [], unmirrored: [], failedCalls: 0, reasons: [] }

export function flawsOf({ failed, unmirrored, failedCalls, reasons }: Flaws): Flaws {
  return { failed, unmirrored, failedCalls, reasons }
}

export interface WriteStream {
  /** Ends it, and waits for the last answer. */
  stop(): Promise<Writes>
}

/** More than are under way: two writes of one object at once would conflict, and the API server do all its work again. */
export const OBJECTS = 2 * SOCKETS
const NAMES = Array.from({ length: OBJECTS }, (_, index) => `written-${index}`)

/** VirtualServices in a namespace of its own, written in turn. */
export async function startWrites(namespace: string, perSecond: number): Promise<WriteStream> {
  await makeObjects(namespace, { 'kubectl-mirror.dev/to': 'v2' })
  return streamWrites(namespace, perSecond)
}

/** What is to be written, in a namespace of its own. */
export async function makeObjects(namespace: string, annotations: Readonly<Record<string, string>>): Promise<void> {
  const send = await connect()
  await freshNamespace(namespace)
  for (const name of NAMES) await send('POST', collectionIn(namespace), virtualService(name, annotations))
}

/** Private: or istiod would tell every sidecar of each write, which is not what is under test. */
export function virtualService(name: string, annotations: Readonly<Record<string, string>>): object {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, annotations },
    spec: { hosts: [name], exportTo: ['.'], http: rules(name, 0) }
  }
}

export function collectionIn(namespace: string): string {
  return `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices`
}

/** Writes the objects that are there in turn. */
export async function streamWrites(namespace: string, perSecond: number): Promise<WriteStream> {
  const send = await connect()
  const writes = { failed: [] as string[], unmirrored: [] as Date[], count: 0, latencies: [] as number[] }
  const before = await countFailedCalls()
  const stopping = new AbortController()
  const write = async (n: number): Promise<void> => {
    const name = NAMES[n % NAMES.length] ?? ''
    const started = performance.now()
    try {
      const { status, body } = await send('PATCH', `${collectionIn(namespace)}/${name}`, {
        spec: { http: rules(name, n) }
      })
      if (status !== 200) writes.failed.push(`${new Date().toISOString()} ${status} ${body}`)
      else if (!body.includes('"mirror":')) writes.unmirrored.push(new Date())
    } catch (error) {
      writes.failed.push(`${new Date().toISOString()} ${String(error)}`)
    }
    writes.latencies.push(performance.now() - started)
  }
  const started = Date.now()
  const streaming = (async () => {
    const underWay = new Set<Promise<void>>()
    let due = started
    while (!stopping.signal.aborted) {
      if (underWay.size >= SOCKETS) await Promise.race(underWay)
      const one = write(writes.count++).finally(() => underWay.delete(one))
      underWay.add(one)
      // A late timer is made up for, but never more than a second.
      due = Math.max(due + 1000 / perSecond, Date.now() - 1000)
      await sleep(Math.max(0, due - Date.now()))
    }
    await Promise.all(underWay)
  })()
  // A test that fails must not keep writing into the next.
  onTestFinished(() => {
    stopping.abort()
    return streaming
  })
  return {
    async stop() {
      stopping.abort()
      await streaming
      const seconds = (Date.now() - started) / 1000
      const failures = (await countFailedCalls()) - before
      return {
        ...writes,
        failedCalls: failures,
        reasons: readFailures(failures),
        perSecond: writes.count / seconds,
        latencies: writes.latencies.toSorted((a, b) => a - b)
      }
    }
  }
}

/** Also after a run that was killed. */
export async function freshNamespace(name: string): Promise<void> {
  await kubectl('delete', 'namespace', name, '--ignore-not-found')
  await kubectl('create', 'namespace', name)
}

/** Names of the annotated VirtualServices of a namespace that have no mirror. */
export async function withoutMirror(namespace: string): Promise<string[]> {
  const { items } = JSON.parse(await kubectl('get', 'virtualservices', '--namespace', namespace, '--output=json')) as {
    readonly items: readonly {
      readonly metadata: { readonly name: string }
      readonly spec: { readonly http: readonly object[] }
    }[]
  }
  return items.filter(({ spec }) => !spec.http.some((rule) => 'mirror' in rule)).map(({ metadata }) => metadata.name)
}

export function allMirrored(namespace: string): Promise<void> {
  return until('all are mirrored', async () => (await withoutMirror(namespace)).length === 0, 60_000, 500)
}

function rules(host: string, n: number): object[] {
  return [{ route: [{ destination: { host, subset: 'v1' } }], timeout: `${1000 + n}ms` }]
}

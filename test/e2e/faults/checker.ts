// What must hold whatever happens to us, checked beside a fault: before, during and after it. Knows no fault.
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../../until.ts'
import { underLoad, type Seen } from '../safety/callers.ts'
import { figuresOf, type Figures } from '../safety/figures.ts'
import { times } from '../short.ts'
import { streamWrites, type Writes } from '../webhook-writes.ts'
import type { Callers } from './callers.ts'
import type { Objects } from './objects.ts'

export interface Row {
  readonly fault: string
  /** How long it lasted. */
  readonly seconds: number
  readonly live: { readonly before: Figures; readonly during: Figures; readonly after: Figures }
  /** Live requests that were answered, less the copies that were sent of them. */
  readonly copiesLost: number
  /** Objects whose live route was not its owner's at one look or more. */
  readonly altered: number
  /** Of objects with our annotations, and of objects without. */
  readonly annotated: Written
  readonly plain: Written
  /** Objects that were annotated during the fault and stored. */
  readonly marked: number
  /** Seconds from the end of the fault until each annotated object was mirrored, or had an Event that says why not. */
  readonly healed: number
}

export interface Written {
  readonly count: number
  /** Refused by our webhook, or because it did not answer. */
  readonly ours: number
  /** Failed for another reason: the API server itself is away, for example. */
  readonly others: number
  /** Stored without the mirror at first. */
  readonly unmirrored: number
  /** Milliseconds. */
  readonly p99: number
  readonly longest: number
}

export interface Ground {
  readonly callers: Callers
  readonly objects: Objects
  /** Namespaces of the writers. */
  readonly annotated: string
  readonly plain: string
}

export interface Verdict extends Row {
  /** One sentence for each look at which an object's live route was not its owner's. */
  readonly changes: readonly string[]
  readonly unsettled: readonly string[]
  /** Of writes of both kinds, with their texts. */
  readonly failures: readonly string[]
}

/** Live requests a second, and writes a second of each kind. */
const RATE = times(50, 20)
const WRITES = times(10, 5)
/** Seconds. */
const REST = times(4, 1.5)
/** After it, what is not mirrored is reported. */
const LONGEST_HEAL_MS = 180_000

/** `act` resolves when the fault is over. */
export async function check(fault: string, ground: Ground, act: () => Promise<void>): Promise<Verdict> {
  const { callers, objects } = ground
  let unsettled: string[] = []
  const isSettled = async () => {
    const began = performance.now()
    unsettled = await objects.unsettled()
    // To list a thousand objects takes time that the cluster needs to heal them.
    if (unsettled.length > 0) await sleep(4 * (performance.now() - began))
    return unsettled.length === 0
  }
  await until('each object that another fault left is settled', isSettled, LONGEST_HEAL_MS, 1000)
  const copiesBefore = await callers.copies()
  const annotated = await streamWrites(ground.annotated, WRITES)
  const plain = await streamWrites(ground.plain, WRITES)
  const looks = watchRoutes(objects)
  let [seconds, healed] = [0, 0]
  const seen = await underLoad(callers.start, { rate: RATE, uploads: [] }, async (begin) => {
    begin('before')
    await sleep(REST * 1000)
    begin('during')
    const began = performance.now()
    await act()
    const ended = performance.now()
    begin('after')
    await until('each annotated object is settled', isSettled, LONGEST_HEAL_MS, 200).catch(() => undefined)
    const settled = performance.now()
    ;[seconds, healed] = [(ended - began) / 1000, (settled - ended) / 1000]
    await sleep(Math.max(0, REST * 1000 - (settled - ended)))
  })
  const [writesAnnotated, writesPlain, changes] = [await annotated.stop(), await plain.stop(), await looks.stop()]
  const live = liveOf(seen)
  const answered = Object.values(seen.mirrored).flatMap(({ requests }) => requests.filter(([, , got]) => got === '200'))
  return {
    fault,
    seconds,
    live,
    copiesLost: answered.length - ((await callers.copies()) - copiesBefore),
    annotated: writtenOf(writesAnnotated),
    plain: writtenOf(writesPlain),
    marked: objects.takeCount(),
    healed,
    altered: changes.length,
    changes,
    unsettled,
    failures: [...writesAnnotated.failed, ...writesPlain.failed]
  }
}

function liveOf({ mirrored, control }: Seen): Row['live'] {
  const figures = (phase: string) => figuresOf(mirrored[phase]!, control[phase]!, mirrored['before']!)
  return { before: figures('before'), during: figures('during'), after: figures('after') }
}

function writtenOf({ count, failed, unmirrored, latencies }: Writes): Written {
  return {
    count,
    ours: failed.filter(isOurs).length,
    others: failed.filter((failure) => !isOurs(failure)).length,
    unmirrored: unmirrored.length,
    p99: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
    longest: latencies.at(-1) ?? Number.NaN
  }
}

function isOurs(failure: string): boolean {
  return failure.includes('mirror.kubectl-mirror.dev')
}

/** Once a second, as long as the API server answers. */
function watchRoutes(objects: Objects): { stop(): Promise<string[]> } {
  const found = new Set<string>()
  const stopping = new AbortController()
  const look = async (): Promise<void> => {
    for (const one of await objects.altered()) found.add(one)
  }
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      await look().catch(() => undefined)
      await sleep(1000)
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await watching
      await look()
      return [...found]
    }
  }
}

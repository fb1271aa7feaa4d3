// What v2 is made to suffer from, one line of docs/safety.md each.
import { setTimeout as sleep } from 'node:timers/promises'
import { times } from '../short.ts'
import type { LoadOptions } from './callers.ts'
import type { Shop } from './shop.ts'

export interface Fault {
  readonly name: string
  /** Of application.py; absent: none, it only loses what is removed meanwhile. */
  readonly fault?: string
  readonly uploads?: LoadOptions['uploads']
  /** Requests a second, and seconds of each mirror; absent: the usual ones. */
  readonly load?: { readonly rate: number; readonly bounded: number; readonly unbounded: number }
  /** In the grammar of `--to`; absent: v2. */
  readonly target?: string
  /** Under the mirror, beginning and ending with all that it needs. */
  suffer?(shop: Shop, milliseconds: number): Promise<void>
}

const MIB = 1024 * 1024
/** Of what is removed and returns. In two windows of 400 requests, p99 would tell of the machine. */
const AGAIN_AND_AGAIN = { rate: times(100, 50), bounded: times(60, 3), unbounded: times(24, 0) }
/** Seconds from one removal to the next. */
const CYCLE = 12

export const FAULTS: readonly Fault[] = [
  {
    name: 'hangs under load; uploads of 1, 10 and 40 MiB every 1, 5 and 15 s',
    fault: 'hangs',
    uploads: [
      [MIB, 1],
      [10 * MIB, 5],
      [40 * MIB, 15]
    ],
    load: { rate: times(500, 100), bounded: times(60, 5), unbounded: times(20, 0) }
  },
  { name: 'hangs: accepts connections, never reads or answers', fault: 'hangs' },
  { name: 'answers after 30 s', fault: 'answers-late' },
  { name: 'reads 100 KB/s; an upload of 40 MiB every 5 s', fault: 'reads-slowly', uploads: [[40 * MIB, 5]] },
  { name: 'resets every connection', fault: 'resets' },
  { name: 'answers 500', fault: 'fails' },
  { name: 'is scaled to zero and back', suffer: scaleToZero },
  { name: 'has no free file descriptor', fault: 'no-descriptors' },
  { name: "fills its node's processors", fault: 'fills-processors' },
  {
    name: 'its Service is deleted and returns',
    load: AGAIN_AND_AGAIN,
    target: 'shadow/v2',
    suffer: recreate('service/shadow')
  },
  { name: 'its subset is deleted and returns', load: AGAIN_AND_AGAIN, suffer: removeSubset },
  {
    name: 'its DestinationRule is deleted and returns',
    load: AGAIN_AND_AGAIN,
    target: 'shadow/v2',
    suffer: recreate('destinationrule/shadow')
  },
  // The last: its kubelet waits longer from start to start.
  { name: 'crashes a second after each start', fault: 'crashes' }
]

async function scaleToZero(shop: Shop, milliseconds: number): Promise<void> {
  const scale = (replicas: number) => shop.kubectl(['scale', 'deploy/web-v2', `--replicas=${replicas}`])
  await during(
    milliseconds,
    () => scale(0),
    () => scale(1)
  )
  // The next case sets its fault there.
  await shop.kubectl(['rollout', 'status', 'deploy/web-v2', '--timeout=120s'])
}

function recreate(object: string): NonNullable<Fault['suffer']> {
  return async (shop, milliseconds) => {
    const { metadata, ...rest } = JSON.parse(await shop.kubectl(['get', object, '-o', 'json'])) as Stored // the API server's
    const manifest = JSON.stringify({ ...rest, metadata: { name: metadata.name } })
    await during(
      milliseconds,
      () => shop.kubectl(['delete', object]),
      () => shop.kubectl(['apply', '-f', '-'], manifest)
    )
  }
}

interface Stored {
  readonly metadata: { readonly name: string }
}

async function removeSubset(shop: Shop, milliseconds: number): Promise<void> {
  const patch = (...versions: readonly string[]) => {
    const subsets = versions.map((version) => ({ name: version, labels: { version } }))
    return shop.kubectl(['patch', 'destinationrule/web', '--type=merge', '-p', JSON.stringify({ spec: { subsets } })])
  }
  await during(
    milliseconds,
    () => patch('v1'),
    () => patch('v1', 'v2')
  )
}

/** In each cycle a third with it, a third without, a third with it again. */
async function during(
  milliseconds: number,
  remove: () => Promise<unknown>,
  restore: () => Promise<unknown>
): Promise<void> {
  const cycles = Math.ceil(milliseconds / 1000 / CYCLE)
  const third = milliseconds / cycles / 3
  for (let cycle = 0; cycle < cycles; cycle++) {
    await sleep(third)
    await remove()
    await sleep(third)
    await restore()
    await sleep(third)
  }
}

// Whatever v2 does, live traffic does not notice: each fault of v2 under a mirror, with and without `limit` and `max-body`, beside a
// caller without a mirror. With RECORD=1 the figures go into docs/safety.json, of which the page is generated.
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installWebhook } from '../install.ts'
import { times } from '../short.ts'
import { byKubectl, underLoad, type Seen } from './callers.ts'
import { FAULTS, type Fault } from './faults.ts'
import { figuresOf, type Row, type Trial } from './figures.ts'
import { openShop, type Shop } from './shop.ts'

const LIMIT = 64
const MAX_BODY = '1Mi'
/** Open at once: in requests on a connection, and waiting for one. */
const MOST_OPEN = LIMIT + LIMIT / 4
/** Requests a second. */
const RATE = times(100, 50)
/** Seconds: without a mirror, with one that is bounded, and with one that is not. */
const REST = times(3, 0.5)
const BOUNDED = times(12, 3)
const UNBOUNDED = times(8, 0)

let shop: Shop
const rows: Row[] = []

beforeAll(async () => {
  await installWebhook('--set', 'limits.enabled=true')
  shop = await openShop('e2e-safety')
})

afterAll(async () => {
  if (process.env['RECORD'] !== undefined) record()
  await shop?.close()
})

test.each(FAULTS)('v2 $name', async (fault) => {
  const { bounded, unbounded } = await suffer(fault)
  const { before, during, after } = bounded
  for (const [phase, { failed }] of Object.entries({ before, during, after }))
    expect.soft(failed, `live requests that failed ${phase} the mirror`).toEqual({})
  // Envoy begins a new count where the target's configuration changes: as something goes, and as it returns.
  expect.soft(during.open, 'open copies').toBeLessThanOrEqual(MOST_OPEN * (fault.suffer ? 3 : 1))
  if (fault.fault === 'hangs') expect.soft(during.open, 'open copies: nothing was mirrored').toBeGreaterThan(0)
  // Times and memory only in the long form, on a machine that is ours alone.
  if (unbounded === undefined) return
  expect.soft(during.ratio, 'p99, beside that without a mirror').toBeLessThanOrEqual(1.2)
  expect.soft(during.gained / 1e6, "MB that the caller's sidecar gained").toBeLessThanOrEqual(20)
})

async function suffer(fault: Fault): Promise<Row> {
  const { name, uploads = [], load } = fault
  const { rate, bounded, unbounded } = load ?? { rate: RATE, bounded: BOUNDED, unbounded: UNBOUNDED }
  await shop.setFault(fault.fault ?? 'none')
  const seen = await underLoad(byKubectl(shop.namespace), { rate, uploads }, async (begin) => {
    const rest = (phase: string) => {
      begin(phase)
      return sleep(REST * 1000)
    }
    await rest('before')
    begin('bounded')
    await mirror(fault, bounded, '--limit', String(LIMIT), ...(uploads.length > 0 ? ['--max-body', MAX_BODY] : []))
    await rest('between')
    if (unbounded === 0) return
    begin('unbounded')
    await mirror(fault, unbounded)
    await rest('after')
  })
  const row = {
    fault: name,
    rate,
    bounded: trialOf(seen, bounded, ['before', 'bounded', 'between']),
    ...(unbounded > 0 && { unbounded: trialOf(seen, unbounded, ['between', 'unbounded', 'after']) })
  }
  rows.push(row)
  console.log(JSON.stringify(row))
  return row
}

function trialOf({ mirrored, control }: Seen, seconds: number, phases: readonly [string, string, string]): Trial {
  const [before, during, after] = phases.map((phase) =>
    figuresOf(mirrored[phase]!, control[phase]!, mirrored[phases[0]]!)
  )
  return { seconds, before: before!, during: during!, after: after! }
}

async function mirror(fault: Fault, seconds: number, ...bounds: readonly string[]): Promise<void> {
  const { target = 'v2', suffer: act = (_, milliseconds) => sleep(milliseconds) } = fault
  await shop.mirror('enable', 'web', '--to', target, ...bounds)
  await act(shop, seconds * 1000)
  await shop.mirror('disable', 'web')
}

/** Those that ran. The others' rows stay. */
function record(): void {
  const file = new URL('../../../docs/safety.json', import.meta.url)
  const { rows: known } = JSON.parse(readFileSync(file, 'utf8')) as { rows: readonly Row[] } // ours
  const all = FAULTS.flatMap(({ name }) => [...rows, ...known].find((row) => row.fault === name) ?? [])
  writeFileSync(file, `${JSON.stringify({ limit: LIMIT, maxBody: MAX_BODY, rows: all }, undefined, 2)}\n`)
}

// The table of status: a baseline beside the targets, and columns that stay where they are.
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { MirrorStatus } from '../../../../plugin/status/mirror-status.ts'
import { StatusPrinter, type PrinterFlags } from '../../../../plugin/status/status-printer.ts'
import { STATES, type StateCode } from '../../../../plugin/status/state.ts'

const NOW = new Date('2026-01-01T00:00:00Z')
const STATUS: MirrorStatus = {
  namespace: 'shop',
  name: 'httpbin',
  from: ['v1'],
  to: ['httpbin/v2=25'],
  rules: { mirrored: 1, all: 1 },
  state: { code: 'Active' }
}

async function print(flags: PrinterFlags, ...tables: readonly (readonly MirrorStatus[])[]): Promise<string[]> {
  const stdout = new PassThrough()
  const printer = new StatusPrinter(flags, { stdout, now: () => NOW } as never)
  for (const statuses of tables) await printer.print(statuses, false)
  return (stdout.read() as Buffer).toString().trimEnd().split('\n')
}

test('a baseline is shown as that, with what is left of it', async () => {
  const baseline = { to: ['httpbin/v1=25'], until: '2026-01-01T00:10:00Z' }
  const [, row] = await print({}, [{ ...STATUS, baseline }])
  expect(row?.split(/ {3,}/).slice(2, 4)).toEqual(['v2,v1 (baseline, 10m)', '25,25'])
})

test('rows that follow stay below the header, whatever state they are in', async () => {
  const rows = (Object.keys(STATES) as StateCode[]).map((code): MirrorStatus[] => [
    { ...STATUS, until: '2026-01-01T23:59:00Z', state: { code } }
  ])
  const [header = '', ...lines] = await print({ watch: true }, [STATUS], ...rows)
  expect(lines).toHaveLength(1 + rows.length)
  for (const column of ['STATE', 'EXPIRES']) {
    const at = header.indexOf(column)
    expect(lines.map((line) => line[at - 1])).toEqual(lines.map(() => ' '))
    expect(lines.every((line) => line[at] !== ' ')).toBe(true)
  }
})

test('a row that does not fit gets a header of its own', async () => {
  const long = { ...STATUS, name: 'a-name-that-is-longer-than-any-before' }
  const lines = await print({ watch: true }, [STATUS], [STATUS], [long], [STATUS])
  expect(lines.map((line) => line.startsWith('NAME'))).toEqual([true, false, false, true, false, false])
  expect(new Set(lines.slice(3).map((line) => line.search(/v1|FROM/))).size).toBe(1)
})

test('a state is a code and a message, for programs too', async () => {
  const state = { code: 'Drifted', message: 'why' } as const
  const text = await print({ output: 'json' }, [{ ...STATUS, state }])
  expect((JSON.parse(text.join('\n')) as { items: MirrorStatus[] }).items[0]?.state).toEqual(state)
})

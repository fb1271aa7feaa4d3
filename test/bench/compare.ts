// The part "compare": what reading, matching and judging records costs, beside goaccess on the same lines, and how late a
// row comes. Knows no page.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../sandbox/command.ts'
import { installPackages } from '../sandbox/packages.ts'
import { GOACCESS_FORMAT, writeAccessLog } from './access-log-lines.ts'
import { measureDelays } from './compare-delay.ts'
import type { CompareReport } from './compare-process.ts'
import { absolute, type Claim, type Findings, type Part, type Row } from './part.ts'
import type { Stage } from './stage.ts'
import { time, type Timed } from './timed.ts'

const ROUNDS = 5
const REQUESTS = 100_000
/** Requests that wait for their copies. */
const WAITING = [0, 10_000, 100_000]
const WAITING_ROUNDS = 3

export const COMPARE: Part = {
  name: 'compare',
  title: 'Compare',
  about:
    `The access logs of both versions, ${(2 * REQUESTS).toLocaleString('en')} lines in Istio's default format at 20,000 a second by their ` +
    'own clock, through the modules of `compare`: only read into records; and also matched, counted and judged. goaccess ' +
    'reads the same lines and counts paths, statuses, clients and agents: a measure of what parsing alone costs. ' +
    'Whole processes, their start included, in turn. Memory: of a process in which so many live requests wait for their ' +
    'copies. Delay: on the sandbox, 50 requests a second, from the time that the copy’s line was logged to the time that its row ' +
    'comes out of `kubectl mirror compare -o json`.',
  measures: [
    { key: 'perSecond', label: 'records a second of processor time', unit: '', digits: 0 },
    { key: 'peak', label: 'peak memory', unit: 'MB', digits: 0 },
    { key: 'resident', label: 'resident', unit: 'MB', digits: 0 },
    { key: 'delay50', label: 'delay, p50', unit: 's', digits: 2 },
    { key: 'delay99', label: 'delay, p99', unit: 's', digits: 2 }
  ],
  plots: [{ measure: 'perSecond', title: 'Records a second of processor time' }],
  run: runCompare
}

async function runCompare(stage: Stage, say: (text: string) => void): Promise<Findings> {
  const { folder, session } = stage
  await installPackages(session, say, { goaccess: '/usr/bin/goaccess' })
  const [live, copies] = [join(folder, 'live.log'), join(folder, 'copies.log')]
  await writeAccessLog(live, 'live', REQUESTS)
  await writeAccessLog(copies, 'mirror', REQUESTS)
  const rows = await measureRates(stage, [live, copies], say)
  const waiting = await measureWaiting(stage, say)
  const delays: Row = { name: 'live', label: 'kubectl mirror compare, live', samples: await measureDelays(stage, say) }
  return { rows: [...rows, ...waiting, delays], claims: claims(rows[0]!) }
}

type Logs = readonly [live: string, copies: string]

async function measureRates(stage: Stage, logs: Logs, say: (text: string) => void): Promise<Row[]> {
  const version = /\d+(\.\d+)+/.exec(await run('goaccess', ['--version']))?.[0] ?? ''
  const systems = [
    { name: 'ours', label: 'compare: read, matched, judged', run: () => runOurs(stage, logs, 'judge') },
    { name: 'parsing', label: 'compare: read', run: () => runOurs(stage, logs, 'parse') },
    { name: 'goaccess', label: `goaccess ${version}`, run: () => runGoaccess(stage, logs) }
  ]
  const samples = systems.map(() => ({ perSecond: [] as number[], peak: [] as number[] }))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, { run: runOne }] of systems.entries()) {
      const { processor, peak } = await runOne()
      samples[index]!.perSecond.push((2 * REQUESTS * 1000) / processor)
      samples[index]!.peak.push(peak)
    }
    say(`round ${round + 1} of ${ROUNDS}`)
  }
  return systems.map(({ name, label }, index) => ({ name, label, samples: samples[index]! }))
}

async function runOurs({ folder }: Stage, [live, copies]: Logs, far: 'parse' | 'judge'): Promise<Timed> {
  const { timed, report } = await runProcess(folder, live, copies, far)
  const { records, matched } = report
  if (records !== 2 * REQUESTS || (far === 'judge' && matched !== REQUESTS))
    throw new Error(`compare read ${records} records of ${2 * REQUESTS} and matched ${matched} of ${REQUESTS}`)
  return timed
}

async function runGoaccess({ folder }: Stage, logs: Logs): Promise<Timed> {
  const file = join(folder, 'goaccess.json')
  const format = [`--log-format=${GOACCESS_FORMAT}`, '--date-format=%Y-%m-%d', '--time-format=%H:%M:%S']
  const flags = ['--no-global-config', '--no-progress', `--output=${file}`]
  const timed = await time('goaccess', [...logs, ...format, ...flags], process.env)
  const { general } = JSON.parse(await readFile(file, 'utf8')) as { general: { valid_requests: number } } // its own format
  if (general.valid_requests !== 2 * REQUESTS)
    throw new Error(`goaccess read ${general.valid_requests} lines of ${2 * REQUESTS}`)
  return timed
}

async function measureWaiting({ folder }: Stage, say: (text: string) => void): Promise<Row[]> {
  const rows: Row[] = []
  for (const count of WAITING) {
    const log = join(folder, 'waiting.log')
    if (count > 0) await writeAccessLog(log, 'live', count)
    else await writeFile(log, '')
    const resident: number[] = []
    while (resident.length < WAITING_ROUNDS) {
      const { report } = await runProcess(folder, log, '-', 'wait')
      if (report.records !== count) throw new Error(`${report.records} of ${count} requests wait`)
      resident.push(report.resident)
    }
    const label = `compare, ${count.toLocaleString('en')} requests waiting`
    rows.push({ name: label, label, samples: { resident } })
    say(label)
  }
  return rows
}

async function runProcess(folder: string, live: string, copies: string, far: 'parse' | 'judge' | 'wait') {
  const file = join(folder, 'compare.json')
  const program = join(folder, 'compare-process.mjs')
  const timed = await time(process.execPath, [program, live, copies, far, file], process.env)
  return { timed, report: JSON.parse(await readFile(file, 'utf8')) as CompareReport } // it writes nothing else
}

/** What a busy application's two versions write. */
function claims(ours: Row): Claim[] {
  const says = 'records read, matched and judged a second of processor time'
  return [absolute({ says, of: ours, measure: 'perSecond', bound: 'at least', limit: 20_000 }, '')]
}

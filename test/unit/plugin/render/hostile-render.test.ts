// `kubectl mirror render` on a file of any hostile shape: a result or a sentence, within 2 s of processor time and 200 MiB.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BUNDLE } from '../../../../scripts/bundle.ts'
import { SHAPES } from '../../../hostile/shapes.ts'
import type { Usage } from '../../../hostile/server.ts'

const MOST_CPU = 2000
const MOST_RESIDENT = 200 * 1024 * 1024
/** Processor time is measured beside everything else that runs. */
const TRIES = 3

const folder = mkdtempSync(join(tmpdir(), 'hostile-render-'))
const program = join(folder, 'plugin.mjs')
beforeAll(async () => {
  await build({ ...BUNDLE, entryPoints: ['plugin/main.ts'], outfile: program })
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true }))

/** The others are small, or refused for their size before they are read. */
const LARGE = [
  '1,000 named rules, 8,000 names in routes',
  'a filter on 30,000 branches',
  '5,000 named rules',
  '10,000 routes in one rule',
  '5,000 mirrors, 10,000 in the record',
  'annotations of 256 KiB',
  '3.4 MiB of brackets',
  '3.4 MiB of nested brackets',
  '3.4 MiB in one text',
  'a request that is a list',
  'bytes that are no text',
  'http that is a map'
]

test.each(LARGE)('%s', { timeout: 120_000 }, (name) => {
  const file = join(folder, 'manifest.yaml')
  const made = SHAPES[name]!.make()
  writeFileSync(file, Buffer.isBuffer(made) ? made : JSON.stringify(made, null, 1))
  for (let attempt = 1; ; attempt++) {
    const { usage, status, stderr } = render(file)
    expect(status === 0 || (status === 1 && stderr.startsWith('error: '))).toBe(true)
    expect(stderr.length).toBeLessThan(100_000)
    if (attempt < TRIES && usage.cpu > MOST_CPU) continue
    expect(usage.cpu).toBeLessThan(MOST_CPU)
    return expect(usage.resident).toBeLessThan(MOST_RESIDENT)
  }
})

/** Loaded before the program: at its end it writes what it has used to file descriptor 3. */
const REPORTER = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from 'node:fs'
  process.on('exit', () => {
    const { user, system } = process.cpuUsage()
    const resident = process.resourceUsage().maxRSS * 1024
    writeSync(3, JSON.stringify({ cpu: (user + system) / 1000, resident }))
  })
`)}`

function render(file: string): { usage: Usage; status: number | null; stderr: string } {
  const args = ['--import', REPORTER, program, 'render', '--filename', file]
  const { status, stderr, output } = spawnSync(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024
  })
  return { usage: JSON.parse(String(output[3])) as Usage, status, stderr: String(stderr) }
}

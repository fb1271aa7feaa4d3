// Any input of render costs at most 2 s of processor time and 200 MB, and a refusal prints nothing.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { HOSTILE } from './hostile-manifests.ts'
import { folderWith } from './run.ts'

const PLUGIN = join(import.meta.dirname, '../../../dist/kubectl-mirror')
/**
 * Said by the process itself, at its end. Where the kernel tells the program's own peak, that: `maxRSS` also counts what the process
 * that started it held, here a worker of vitest.
 */
const REPORT = `data:text/javascript,${encodeURIComponent(`
import { existsSync, readFileSync } from 'node:fs'
process.on('exit', () => {
  const file = '/proc/self/status'
  const peak = existsSync(file) && { maxRSS: Number(/^VmHWM:\\s*(\\d+) kB$/m.exec(readFileSync(file, 'utf8'))[1]) }
  console.error('\\nusage ' + JSON.stringify({ ...process.resourceUsage(), ...peak }))
})`)}`
/** Of a machine with nothing else to do; a busy one gives a process less for its second. */
const MOST_SECONDS = 2 * 2

test.for(Object.keys(HOSTILE))('%s', async (name) => {
  const folder = await folderWith({ 'manifest.yaml': HOSTILE[name]!() })
  try {
    const args = ['--import', REPORT, PLUGIN, 'render', '-f', join(folder, 'manifest.yaml')]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = once(child, 'exit') as Promise<[number | null]>
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended])
    const [said = '', usage = '{}'] = stderr.split('\nusage ')
    const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(usage) as NodeJS.ResourceUsage
    const seconds = (userCPUTime + systemCPUTime) / 1e6
    console.log(`${name}: ${code} after ${seconds.toFixed(2)} s, ${Math.round(maxRSS / 1000)} MB`)
    expect(said).not.toMatch(/^ {4}at /m)
    expect(said.length).toBeLessThan(40_000)
    if (code === 0) expect(stdout).not.toBe('')
    else expect({ code, stdout, said }).toEqual({ code: 1, stdout: '', said: expect.stringMatching(/^error: /) })
    expect(seconds).toBeLessThan(MOST_SECONDS)
    expect(maxRSS).toBeLessThan(200_000)
  } finally {
    await rm(folder, { recursive: true })
  }
})

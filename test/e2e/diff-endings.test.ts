// However a `diff` ends, neither its tap filters nor its baseline stay.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { PATHS, type Answers } from './diff/answers.ts'
import { openCutOff } from './diff/cut-off.ts'
import { expectNothingLeft, openMirrored } from './diff/mirrored.ts'
import { readSummary } from './diff/summary.ts'

let answers: Answers

beforeAll(async () => {
  answers = await openMirrored('e2e-diff-endings')
  await answers.setVariant('same', 2)
})
afterAll(() => answers?.close())
afterEach(() => expectNothingLeft(answers))

test('Ctrl-C leaves nothing behind', async () => {
  const compared = answers.diff(['--baseline'])
  await compared.opened()
  // One filter for each version, the annotation and what it makes.
  expect(await answers.leftOver()).toHaveLength(4)
  compared.process.kill('SIGINT')
  expect((await compared.ended).code).toBe(0)
})

test('Ctrl-C while the taps open leaves nothing behind', async () => {
  const compared = answers.diff(['--baseline'])
  await expect.poll(answers.leftOver, { timeout: 60_000 }).not.toEqual([])
  compared.process.kill('SIGINT')
  // Interrupted before there was anything to report, unless they were open already.
  expect([130, 0]).toContain((await compared.ended).code)
})

test.for(['SIGHUP', 'SIGTERM'] as const)(
  '%s, as of a closed terminal or of `kill`, leaves nothing behind',
  async (signal) => {
    const compared = answers.diff(['--baseline'])
    await compared.opened()
    expect(await answers.leftOver()).toHaveLength(4)
    compared.process.kill(signal)
    expect((await compared.ended).code).toBe(0)
  }
)

test('a reader that has seen enough leaves nothing behind', async () => {
  const compared = answers.diff(['--baseline'])
  await compared.opened()
  expect(await answers.leftOver()).toHaveLength(4)
  compared.process.stdout?.destroy()
  await answers.load(20, 5, PATHS)
  expect((await compared.ended).code).toBe(0)
})

test.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'a full disk under its reports: the old ones stay, and nothing is left behind',
  async () => {
    const disk = mkdtempSync(join(tmpdir(), 'full-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk])
    try {
      const [junit, html] = [join(disk, 'junit.xml'), join(disk, 'report.html')]
      for (const file of [junit, html]) writeFileSync(file, 'old')
      const compared = answers.diff(['--fail-on', 'status>1%', '--junit', junit, '--html', html])
      await compared.opened()
      expect(() => writeFileSync(join(disk, 'other'), Buffer.alloc(1 << 20))).toThrow('ENOSPC')
      compared.process.kill('SIGINT')
      const { code, stderr } = await compared.ended
      expect(code, stderr).toBe(1)
      for (const flag of ['junit', 'html'])
        expect(stderr).toMatch(new RegExp(`^error: --${flag}: .*no space left`, 'm'))
      expect([junit, html].map((file) => readFileSync(file, 'utf8'))).toEqual(['old', 'old'])
      expect(readdirSync(disk).toSorted((a, b) => a.localeCompare(b))).toEqual(['junit.xml', 'other', 'report.html'])
    } finally {
      execFileSync('umount', [disk])
      rmSync(disk, { recursive: true })
    }
  }
)

test('a connection that goes silent, and comes back: the taps open again, and nothing is left behind', async () => {
  const way = await openCutOff(answers.kubeconfig)
  try {
    const compared = answers.diff(['--baseline'], { KUBECONFIG: way.kubeconfig })
    await compared.opened()
    await compared.quiet()
    way.silence()
    await compared.opened()
    // And once more, just when it wants to remove everything.
    way.silence()
    compared.process.kill('SIGINT')
    const { code, stderr } = await compared.ended
    expect(code, stderr).toBe(0)
    expect(stderr).not.toContain('could not be removed')
  } finally {
    await way.close()
  }
})

test('a second run is refused, and leaves the first one its baseline', async () => {
  const first = answers.diff(['--baseline'])
  await first.opened()
  const { code, stderr } = await answers.diff(['--baseline']).ended
  expect(code).toBe(1)
  expect(stderr).toContain('another run is reading its tap')
  expect(await answers.leftOver()).toHaveLength(4)
  first.process.kill('SIGINT')
  expect((await first.ended).code).toBe(0)
})

test('what a killed run leaves behind is inert, and ended by the next one after its expiry', async () => {
  const killed = answers.diff(['--baseline'])
  await killed.opened()
  killed.process.kill('SIGKILL')
  await killed.ended
  const [filter = ''] = await answers.leftOver()
  const expires = await answers.kubectl([
    'get',
    filter,
    '-o',
    'jsonpath={.metadata.annotations.kubectl-mirror\\.dev/expires}'
  ])
  expect(Date.parse(expires) - Date.now()).toBeLessThan(5 * 60_000)
  // Five minutes later:
  const past = new Date(Date.now() - 1000).toISOString()
  await answers.kubectl(['annotate', '--overwrite', 'envoyfilter', '--all', `kubectl-mirror.dev/expires=${past}`])
  await answers.kubectl(['annotate', '--overwrite', 'virtualservice/answers', `kubectl-mirror.dev/baseline=${past}`])
  const { code, stderr } = await answers.diff(['--for', '1s']).ended
  expect(code, stderr).toBe(0)
})

test('a lost connection: reading continues when it is back, and nothing is left behind', async () => {
  const way = await openCutOff(answers.kubeconfig)
  try {
    const compared = answers.diff(['--baseline'], { KUBECONFIG: way.kubeconfig })
    await compared.opened()
    way.cut()
    await pause(4000)
    way.restore()
    await compared.opened()
    await answers.load(50, 6, PATHS)
    await compared.quiet()
    // And once more, just when it wants to remove everything.
    way.cut()
    compared.process.kill('SIGINT')
    setTimeout(way.restore, 6000)
    const { stdout, stderr } = await compared.ended
    expect(readSummary(stdout).copied, stderr).toBeGreaterThan(250)
  } finally {
    await way.close()
  }
})

test('what is missing is named before anything is changed', async () => {
  const { code, stderr } = await answers.diff(['--baseline', '--as', 'nobody']).ended
  expect(code).toBe(1)
  expect(stderr).toMatch(/forbidden|may not/i)
})

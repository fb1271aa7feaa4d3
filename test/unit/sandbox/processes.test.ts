import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { identify, isAlive, killAndWait, parseStat } from '../../sandbox/processes.ts'

test('reads the state and the start behind a name with spaces and parentheses', () => {
  const numbers = Array.from({ length: 48 }, (_, index) => String(index + 4))
  expect(parseStat(`42 (a) b (c)) S ${numbers.join(' ')}\n`)).toEqual({ state: 'S', started: '22' })
})

test('refuses what is no line of /proc/PID/stat', () => {
  expect(() => parseStat('42 (sh) S 1')).toThrow('not a line of /proc/PID/stat')
})

test('knows this process, and takes no other birth for it', () => {
  const me = identify(process.pid)
  expect(me && isAlive(me)).toBe(true)
  expect(me && isAlive({ ...me, born: 'another boot 1' })).toBe(false)
})

test('never signals a stranger that has the pid of the one it looks for', async () => {
  const stranger = spawn('sleep', ['60'])
  try {
    expect(await killAndWait({ pid: stranger.pid ?? 0, born: 'another boot 1' }, 'SIGKILL', 1_000)).toBe(true)
    expect(identify(stranger.pid ?? 0)).toBeDefined()
  } finally {
    stranger.kill('SIGKILL')
    await once(stranger, 'exit')
  }
  expect(identify(stranger.pid ?? 0)).toBeUndefined()
})

test('waits until the one that it kills is gone', async () => {
  const child = spawn('sleep', ['60'])
  const identity = identify(child.pid ?? 0)
  if (identity === undefined) throw new Error('sleep did not start')
  expect(await killAndWait(identity, 'SIGKILL', 5_000)).toBe(true)
  expect(isAlive(identity)).toBe(false)
})

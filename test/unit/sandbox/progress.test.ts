import { expect, test, vi } from 'vitest'
import { explain, Failure } from '../../sandbox/failure.ts'
import { Progress } from '../../sandbox/progress.ts'

function screen(isTTY: boolean) {
  const written: string[] = []
  return { isTTY, columns: 40, written, write: (text: string) => written.push(text) }
}

test('a step says its name and its time when it ends', async () => {
  const { written, ...rest } = screen(false)
  expect(await new Progress(rest).step('the node', async () => 7)).toBe(7)
  expect(written.join('')).toMatch(/^ +0\.\d s {2}the node\n$/)
})

test('a long step gives a sign of life with what it is at, every half minute where it cannot be repainted', async () => {
  vi.useFakeTimers()
  try {
    const { written, ...rest } = screen(false)
    const step = new Progress(rest).step('Go programs', async (say) => {
      say('kubelet, 5 of 9')
      await new Promise((resolve) => setTimeout(resolve, 70_000))
    })
    await vi.advanceTimersByTimeAsync(70_000)
    await step
    expect(written).toEqual([
      '   30.0 s  Go programs: kubelet, 5 of 9 ...\n',
      '   60.0 s  Go programs: kubelet, 5 of 9 ...\n',
      '   70.0 s  Go programs\n'
    ])
  } finally {
    vi.useRealTimers()
  }
})

test('a terminal gets one line, repainted and never wider than it is', async () => {
  vi.useFakeTimers()
  try {
    const { written, ...rest } = screen(true)
    const step = new Progress(rest).step('x'.repeat(60), () => new Promise((resolve) => setTimeout(resolve, 1_200)))
    await vi.advanceTimersByTimeAsync(1_200)
    await step
    const repaints = written.slice(0, -1)
    expect(repaints).toHaveLength(2)
    expect(repaints.filter((text) => text.includes('\n') || text.replace('\r\u001b[K', '').length >= 40)).toEqual([])
  } finally {
    vi.useRealTimers()
  }
})

test('a failure names its step, keeps its log, and says what to do', async () => {
  const { written, ...rest } = screen(false)
  const work = async () => {
    throw new Failure('it ended with 1', { log: import.meta.filename, remedy: 'read it' })
  }
  const error = await new Progress(rest).step('the node', work).catch((reason: unknown) => reason)
  const text = explain(error)
  expect(text).toMatch(/^error: step "the node" failed after 0\.\d s: it ended with 1\n/)
  expect(text).toContain(`last lines of ${import.meta.filename}:\n`)
  expect(text.match(/^ {2}/gm)).toHaveLength(20)
  expect(text).toMatch(/what to do: read it$/)
  expect(written.join('')).toContain('the node (failed)')
})

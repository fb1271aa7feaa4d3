// Lines of several logs in the order of their times, and readers that are asked to wait.
import { expect, test } from 'vitest'
import { Merge } from '../../../../plugin/follow/merge.ts'
import { lineOf, textOf } from './lines.ts'

/** A merge with a clock that stands still until it is moved. */
class Bench {
  readonly out: string[] = []
  blocked: Promise<void> | undefined
  #now = 10_000
  #due: { readonly at: number; readonly act: () => void }[] = []
  readonly merge = new Merge<string>({
    emit: (origin, line) => this.out.push(`${origin} ${textOf(line)}`),
    flush: () => this.blocked,
    now: () => this.#now,
    later: (milliseconds, act) => {
      const due = { at: this.#now + milliseconds, act }
      this.#due.push(due)
      return () => void (this.#due = this.#due.filter((one) => one !== due))
    }
  })

  pass(milliseconds: number): void {
    const until = this.#now + milliseconds
    for (;;) {
      const [next] = this.#due.filter(({ at }) => at <= until).toSorted((one, other) => one.at - other.at)
      if (!next) break
      this.#due = this.#due.filter((one) => one !== next)
      this.#now = Math.max(this.#now, next.at)
      next.act()
    }
    this.#now = until
  }

  lane(origin: string) {
    const lane = this.merge.lane(origin)
    lane.open()
    return {
      write: (...texts: string[]) => void lane.write(texts.map(lineOf)),
      room: (...texts: string[]) => lane.write(texts.map(lineOf)),
      begin: () => lane.begin(),
      close: () => lane.close()
    }
  }
}

test('the past of two logs comes in the order of its times, whichever answers first', () => {
  const bench = new Bench()
  const [live, mirror] = [bench.lane('live'), bench.lane('mirror')]
  live.begin()
  live.write('00:00:01 a', '00:00:03 c', '00:00:05 e')
  bench.pass(100)
  expect(bench.out).toEqual([])
  mirror.begin()
  mirror.write('00:00:02 b', '00:00:04 d')
  bench.pass(1000)
  expect(bench.out).toEqual(['live a', 'mirror b', 'live c', 'mirror d', 'live e'])
})

test('a silent log does not hold up the others for long', () => {
  const bench = new Bench()
  const [live, silent] = [bench.lane('live'), bench.lane('silent')]
  live.begin()
  silent.begin()
  live.write('00:00:01 a')
  bench.pass(200)
  expect(bench.out).toEqual(['live a'])
  live.write('00:00:02 b')
  expect(bench.out).toEqual(['live a', 'live b'])
})

test('a line after a pause is emitted as it comes, without waiting for the others', () => {
  const bench = new Bench()
  const [live, mirror] = [bench.lane('live'), bench.lane('mirror')]
  live.begin()
  mirror.begin()
  live.write('00:00:01 a')
  mirror.write('00:00:01 a')
  bench.pass(1000)
  mirror.write('00:00:09 b')
  live.write('00:00:08 b')
  expect(bench.out.slice(2)).toEqual(['mirror b'])
  bench.pass(1)
  expect(bench.out.slice(2)).toEqual(['mirror b', 'live b'])
})

test('lines of one log keep their order, also where its times do not', () => {
  const bench = new Bench()
  const live = bench.lane('live')
  live.begin()
  live.write('00:00:02 first', '00:00:01 second')
  bench.pass(1000)
  expect(bench.out).toEqual(['live first', 'live second'])
})

test('a full lane asks its reader to wait, until there is room again', async () => {
  const bench = new Bench()
  const slow = Promise.withResolvers<void>()
  bench.blocked = slow.promise
  const live = bench.lane('live')
  live.begin()
  live.write('00:00:01 first')
  bench.pass(10)
  expect(bench.out).toEqual(['live first'])
  let hasRoom = false
  const wait = live.room(...Array.from({ length: 5000 }, (_, index) => `00:00:02 ${index}`))
  expect(wait).toBeDefined()
  void wait?.then(() => (hasRoom = true))
  bench.pass(5000)
  expect(bench.out).toHaveLength(1)
  expect(hasRoom).toBe(false)
  bench.blocked = undefined
  slow.resolve()
  await slow.promise
  await Promise.resolve()
  bench.pass(10)
  await wait
  expect(hasRoom).toBe(true)
  expect(bench.out).toHaveLength(5001)
})

test('drain emits what is held back', async () => {
  const bench = new Bench()
  const [live] = [bench.lane('live'), bench.lane('unanswered')]
  live.begin()
  live.write('00:00:01 a')
  await bench.merge.drain()
  expect(bench.out).toEqual(['live a'])
})

test('lines of hundreds of logs come in the order of their times', () => {
  const bench = new Bench()
  const lanes = Array.from({ length: 400 }, (_, index) => ({ index, lane: bench.lane(String(index)) }))
  const times = lanes.map(({ index }) =>
    Array.from({ length: 20 }, (_, nth) => (index * 7919 + nth * 104_729) % 86_400)
  )
  for (const { index, lane } of lanes) {
    lane.begin()
    lane.write(...times[index]!.toSorted((one, other) => one - other).map((second) => `${timeOf(second)} ${second}`))
  }
  bench.pass(1000)
  const expected = times.flat().toSorted((one, other) => one - other)
  expect(bench.out.map((text) => Number(text.split(' ')[1]))).toEqual(expected)
})

function timeOf(second: number): string {
  return new Date(second * 1000).toISOString().slice(11, 19)
}

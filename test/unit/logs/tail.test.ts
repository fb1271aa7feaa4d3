// A container's log, whatever befalls its connections: every line once, in order.
import { EventEmitter, once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StateCell } from '../../../plugin/follow/container-state.ts'
import type { FirstLines } from '../../../plugin/follow/log-query.ts'
import type { StampedLine } from '../../../plugin/follow/line.ts'
import { Tail, type TailEvent } from '../../../plugin/follow/tail.ts'
import { AbsentError, KubeletModel } from './kubelet-model.ts'

const START = 1_800_000_000

type Step =
  | { readonly type: 'write'; readonly lines: number; readonly apart: number }
  | { readonly type: 'broken' | 'ended' | 'restart' | 'down' | 'up' | 'status' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('write' as const), lines: fc.nat(5), apart: fc.nat(900) }) },
  fc.record({ type: fc.constantFrom('broken' as const, 'ended', 'restart', 'down', 'up', 'status') })
)

/**
 * Between two restarts nothing was written. The empty log in the middle cannot be told from one that is lost, so that a
 * warning is right.
 */
function hasSilentContainer(steps: readonly Step[]): boolean {
  const told = steps.filter((one) => one.type === 'restart' || (one.type === 'write' && one.lines > 0))
  return told.some((one, index) => one.type === 'restart' && told[index + 1]?.type === 'restart')
}

const at = (one: Step, turns = 0) => ({ step: one, turns })
const LINE: Step = { type: 'write', lines: 1, apart: 0 }
const RESTART: Step = { type: 'restart' }
const SILENT_BETWEEN = [at(LINE), at(RESTART), at(LINE, 2), at(RESTART), at(RESTART), at(LINE, 1)]

test('no line is lost, none comes twice: broken and clean ends, restarts, late statuses, an API server away', async () => {
  const scripts = fc.array(fc.record({ step, turns: fc.nat(4) }), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(scripts, fc.integer({ min: 5, max: 200 }), async (script, chunk) => {
      const run = new Run(chunk, { startedAt: 0 })
      for (const { step: one, turns } of script) {
        // Two restarts between two looks lose the first one's log on a real node too.
        if (one.type === 'restart') await run.settle()
        run.do(one)
        for (let turn = 0; turn < turns; turn++) await nextTurn()
      }
      await run.finish()
      expect(run.got).toEqual(run.written)
      const gaps = run.events.filter(({ type }) => type === 'gap')
      expect(hasSilentContainer(script.map(({ step: one }) => one)) ? [] : gaps).toEqual([])
    }),
    // The first: a container that wrote nothing between two others.
    { numRuns: 300, examples: [[SILENT_BETWEEN, 5]] }
  )
})

test('lines that share a second with the last one had come once', async () => {
  const run = new Run(1000, { startedAt: 0 })
  run.do({ type: 'write', lines: 5, apart: 1 })
  await run.settle()
  run.do({ type: 'broken' })
  run.do({ type: 'write', lines: 5, apart: 0 })
  await run.settle()
  await run.finish()
  expect(run.got).toEqual(run.written)
})

test('says that lines may be missing where the log was rotated while the API server was away', async () => {
  const run = new Run(1000, { startedAt: 0 })
  run.do({ type: 'write', lines: 3, apart: 10 })
  await run.settle()
  run.do({ type: 'down' })
  await nextTurn()
  run.do({ type: 'write', lines: 3, apart: 10 })
  run.kubelet.rotate()
  run.do({ type: 'write', lines: 3, apart: 10 })
  run.do({ type: 'up' })
  await run.finish()
  expect(run.got).toEqual([...run.written.slice(0, 3), ...run.written.slice(6)])
  expect(run.events).toContainEqual({ type: 'gap', reason: 'its log was rotated while it was not being read' })
})

test('says nothing of a rotation that a connection outlived', async () => {
  const run = new Run(1000, { startedAt: 0 })
  run.do({ type: 'write', lines: 3, apart: 10 })
  await run.settle()
  run.kubelet.rotate()
  run.do({ type: 'write', lines: 3, apart: 10 })
  await run.settle()
  run.do({ type: 'broken' })
  await run.finish()
  expect(run.got).toEqual(run.written)
  expect(run.events.filter(({ type }) => type === 'gap')).toEqual([])
})

test('a log that has gone dead after a rotation is asked for anew; one that is only silent is left alone', async () => {
  const run = new Run(1000, { startedAt: 0 })
  run.do({ type: 'write', lines: 3, apart: 10 })
  await run.settle()
  await run.passTime()
  await run.settle()
  const requests = run.kubelet.requests
  run.kubelet.isStuck = true
  run.kubelet.rotate()
  run.do({ type: 'write', lines: 3, apart: 10 })
  for (let turn = 0; turn < 20; turn++) await nextTurn()
  expect(run.got).toHaveLength(3)
  await run.passTime()
  await run.settle()
  expect(run.got).toEqual(run.written)
  // The look, the request anew, and the one for what may lie between.
  expect(run.kubelet.requests - requests).toBe(3)
  await run.finish()
})

test('asks for the last lines only once: what is written while nothing was read yet is not cut', async () => {
  const run = new Run(1000, { startedAt: 0, tailLines: 0 })
  await run.settle()
  run.do({ type: 'down' })
  run.do({ type: 'write', lines: 4, apart: 10 })
  run.do({ type: 'up' })
  await run.finish()
  expect(run.got).toEqual(run.written)
})

test('half a line is not printed, and comes whole with the next request', async () => {
  const run = new Run(40, { startedAt: 0 })
  run.do({ type: 'write', lines: 1, apart: 10 })
  while (run.kubelet.requests === 0) await nextTurn()
  run.do({ type: 'broken' })
  await run.finish()
  expect(run.got).toEqual(run.written)
})

test('what the kubelet says in the place of a log is no line of it', async () => {
  const said = 'unable to retrieve container logs for containerd://c1'
  const answers = [said, '2027-01-15T08:00:00.000000001Z hello\n']
  const events: TailEvent[] = []
  const texts: string[] = []
  const tail = new Tail(
    { startedAt: 0 },
    {
      open: async () => Readable.from([Buffer.from(answers.shift() ?? '')]),
      cell: new StateCell({ id: 'c1', isRunning: false, isGone: false }),
      write: (lines) => void texts.push(...lines.map(textOf)),
      notify: (event) => events.push(event),
      isFatal: () => false,
      isAbsent: (error) => error instanceof AbsentError,
      pause: async () => {},
      now: () => 0
    }
  )
  await tail.read(new AbortController().signal)
  expect(texts).toEqual(['hello'])
  expect(events).toContainEqual({ type: 'broken', error: new Error(said) })
})

test('gives up a log that the kubelet no longer has, and says so', async () => {
  const said = 'failed to open log file "/var/log/pods/x/app/0.log": no such file or directory'
  const events: TailEvent[] = []
  let requests = 0
  const tail = new Tail(
    { startedAt: 0 },
    {
      open: async () => {
        requests++
        return Readable.from([Buffer.from(said)])
      },
      cell: new StateCell({ id: 'c1', isRunning: false, isGone: false }),
      write: () => undefined,
      notify: (event) => events.push(event),
      isFatal: () => false,
      isAbsent: () => false,
      pause: (_, signal) => nextTurn(undefined, { signal }),
      now: () => 0
    }
  )
  await tail.follow(new AbortController().signal)
  expect(requests).toBeLessThanOrEqual(10)
  expect(events.at(-1)).toEqual({ type: 'gap', reason: 'its log is no longer there' })
  expect(tail.isWanted).toBe(false)
})

/** One tail on one container, and what became of it. */
class Run {
  readonly kubelet: KubeletModel
  readonly written: string[] = []
  readonly got: string[] = []
  readonly events: TailEvent[] = []
  readonly #cell: StateCell
  readonly #done: Promise<void>
  readonly #hour = new EventEmitter()
  #time = 0

  constructor(chunk: number, first: FirstLines) {
    this.kubelet = new KubeletModel(chunk)
    this.#cell = new StateCell(this.kubelet.state)
    const tail = new Tail(first, {
      open: (query, signal) => this.kubelet.open(query, signal),
      cell: this.#cell,
      write: (lines) => void this.got.push(...lines.map(textOf)),
      notify: (event) => this.events.push(event),
      isFatal: () => false,
      isAbsent: (error) => error instanceof AbsentError,
      pause: (milliseconds, signal) => this.#pause(milliseconds, signal),
      now: () => (START + this.#time) * 1000
    })
    this.#done = this.#follow(tail)
  }

  do(one: Step): void {
    if (one.type === 'write') this.#write(one.lines, one.apart)
    else if (one.type === 'restart') this.#restart()
    else if (one.type === 'status') this.#cell.set(this.kubelet.state)
    else if (one.type === 'up') this.kubelet.isDown = false
    else this.kubelet.cut(one.type === 'ended' ? 'ended' : 'broken')
    if (one.type === 'down') this.kubelet.isDown = true
  }

  async settle(): Promise<void> {
    this.kubelet.isDown = false
    this.#cell.set(this.kubelet.state)
    for (let turn = 0; turn < 30 || this.got.length < this.written.length; turn++) {
      if (turn > 500) return
      await nextTurn()
    }
  }

  /** Every wait for a silence to end is over. */
  async passTime(): Promise<void> {
    this.#hour.emit('over')
    await nextTurn()
  }

  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    await (milliseconds >= 60_000 ? once(this.#hour, 'over', { signal }) : nextTurn(undefined, { signal }))
  }

  async finish(): Promise<void> {
    this.kubelet.isDown = false
    await nextTurn()
    this.kubelet.stop()
    this.#cell.set(this.kubelet.state)
    await this.#done
  }

  /** As the follower does: a container that comes back is read again. */
  async #follow(tail: Tail): Promise<void> {
    const { signal } = new AbortController()
    while (tail.isWanted) await tail.follow(signal)
  }

  #restart(): void {
    this.kubelet.restart()
    this.#time += 0.001
  }

  #write(lines: number, apart: number): void {
    for (let line = 0; line < lines; line++) {
      this.#time += apart / 1000
      const text = `line ${this.written.length}`
      this.written.push(text)
      const nanos = Math.round((this.#time % 1) * 1000) * 1_000_000
      this.kubelet.write({ seconds: START + Math.floor(this.#time), nanos: nanos % 1_000_000_000, text })
    }
  }
}

function textOf({ bytes, content, end }: StampedLine): string {
  return bytes.toString('utf8', content, end)
}

// Responses to a log request that hold something else than whole lines.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { StateCell } from '../../../../plugin/follow/containers.ts'
import { Tail, type TailEvent } from '../../../../plugin/follow/tail.ts'
import { AbsentError } from './kubelet-model.ts'
import { textOf } from './lines.ts'

/** A tail on a container that has ended, and what it gives. `answer`: the chunks of the next answer. */
function tailOf(answer: () => readonly Buffer[]) {
  const events: TailEvent[] = []
  const texts: string[] = []
  const tail = new Tail(
    { startedAt: 0 },
    {
      open: async () => Readable.from(answer()),
      cell: new StateCell({ id: 'c1', isRunning: false, isGone: false }),
      write: (lines) => void texts.push(...lines.map(textOf)),
      notify: (event) => events.push(event),
      isFatal: () => false,
      isAbsent: (error) => error instanceof AbsentError,
      pause: (_, signal) => nextTurn(undefined, { signal }),
      now: () => 0
    }
  )
  return { tail, events, texts }
}

test('a line that is cut off is reported once, when it ends', async () => {
  const chunk = Buffer.from('x'.repeat(400_000))
  const answer = [Buffer.from('2027-01-15T08:00:00Z '), ...Array.from({ length: 5 }, () => chunk)]
  const { tail, events } = tailOf(() => answer)
  await tail.read(new AbortController().signal)
  const bytes = 21 + 5 * 400_000 - 1024 * 1024
  expect(events).toEqual([{ type: 'connected' }, { type: 'cut', bytes }])
})

test('what the kubelet says in the place of a log is no line of it', async () => {
  const said = 'unable to retrieve container logs for containerd://c1'
  const answers = [said, '2027-01-15T08:00:00.000000001Z hello\n']
  const { tail, events, texts } = tailOf(() => [Buffer.from(answers.shift() ?? '')])
  await tail.read(new AbortController().signal)
  expect(texts).toEqual(['hello'])
  expect(events).toContainEqual({ type: 'broken', error: new Error(said) })
})

test('gives up a log that the kubelet no longer has, and says so', async () => {
  const said = 'failed to open log file "/var/log/pods/x/app/0.log": no such file or directory'
  let requests = 0
  const { tail, events } = tailOf(() => {
    requests++
    return [Buffer.from(said)]
  })
  await tail.follow(new AbortController().signal)
  expect(requests).toBeLessThanOrEqual(10)
  expect(events.at(-1)).toEqual({ type: 'gap', reason: 'its log no longer exists' })
  expect(tail.isWanted).toBe(false)
})

// Decision 11: what the table marks during a run is preliminary; at its end the tests keep their promise.
import { expect, test } from 'vitest'
import { Tally } from '../../../../plugin/compare/statistics/tally.ts'
import { judge } from '../../../../plugin/compare/statistics/judge.ts'
import { copy, liveRecord, random } from './build.ts'

const ENDPOINTS = ['/a', '/b', '/c', '/d', '/e', '/f']
const BLOCK = 30

/** Each version stalls by itself, up to five times in half a minute, for a second. */
function stalls(seconds: number, draw: () => number): Set<number> {
  const all = new Set<number>()
  for (let block = 0; block < seconds; block += BLOCK) {
    for (let left = Math.floor(6 * draw()); left > 0; left--) all.add(block + Math.floor(BLOCK * draw()))
  }
  return all
}

/** Two equal versions, looked at now and then: at which looks something was marked. */
function looks(
  seed: number,
  { seconds, rate, every }: Readonly<Record<'seconds' | 'rate' | 'every', number>>
): boolean[] {
  const draw = random(seed)
  const [ofLive, ofCopy] = [stalls(seconds, draw), stalls(seconds, draw)]
  const latency = (isStalled: boolean): number =>
    Math.round(8 + 6 * draw() + 3 * draw() + (draw() < 0.03 ? 60 * draw() : 0) + (isStalled ? 80 : 0))
  const tally = new Tally({ random: random(seed + 1e6) })
  const marked: boolean[] = []
  for (let request = 0; request < seconds * rate; request++) {
    const [second, at] = [Math.floor(request / rate), (request * 1000) / rate]
    const path = ENDPOINTS[Math.floor(draw() * ENDPOINTS.length)]!
    const live = liveRecord({ path, at, duration: latency(ofLive.has(second)) })
    const its = copy({ path, at: at + 1, duration: latency(ofCopy.has(second)) + 1 })
    tally.add({ kind: 'pair', live, copy: its, attempts: 1, since: 0 }, 1)
    if ((request + 1) % (every * rate) === 0) {
      marked.push(judge(tally.endpoints.values()).some(({ findings }) => findings.length > 0))
    }
  }
  return marked
}

test(
  'at the end of a run marks nothing of two equal versions, however often it was looked at before',
  { timeout: 300_000 },
  () => {
    const runs = Array.from({ length: 40 }, (_, seed) => looks(seed, { seconds: 300, rate: 20, every: 10 }))
    expect(runs.every((one) => one.length === 30)).toBe(true)
    expect(runs.filter((one) => one.at(-1)).length).toBeLessThanOrEqual(2)
  }
)

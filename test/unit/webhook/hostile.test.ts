// Five thousand hostile reviews, and every named shape, answered by the webhook's server in a process limited as in the pod: each within
// its processor time and memory, none with a crash, none with a patch that touches a route. `npm run fuzz` asks 200,000.
import { expect, test } from 'vitest'
import { ask } from '../../hostile/ask.ts'
import { hostileBody } from '../../hostile/generate.ts'

const CASES = 5000
const SEED = process.env['CI'] ? 20_261_128 : Date.now() % 1_000_000_007

test(`hostile reviews do no harm (seed ${SEED})`, { timeout: 600_000 }, async () => {
  console.log(`seed ${SEED}; again: npm run fuzz -- --cases=${CASES} --seed=${SEED}`)
  const { log } = await ask({ seed: SEED, cases: CASES })
  expect(log).toBeLessThan(4096)
})

test('a case is the same bytes each time, and most cases get as far as a review', () => {
  const cases = Array.from({ length: 300 }, (_, index) => hostileBody(5, index))
  expect(cases.every((body, index) => body.equals(hostileBody(5, index)))).toBe(true)
  const parsed = cases.filter((body) => isJson(body.toString()))
  expect(parsed.length).toBeGreaterThan(200)
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

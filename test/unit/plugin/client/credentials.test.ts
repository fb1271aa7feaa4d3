// When credentials that are costly to get are got again.
import { expect, test } from 'vitest'
import { bearer, type Expiring } from '../../../../plugin/client/credential.ts'
import { keep } from '../../../../plugin/client/credentials.ts'

/** Each run gives the next token, good for ten seconds. */
function source(...failures: readonly number[]) {
  const clock = { now: 0, runs: 0 }
  const run = async (): Promise<Expiring> => {
    const number = ++clock.runs
    await Promise.resolve()
    if (failures.includes(number)) throw new Error(`run ${number}`)
    return { credentials: bearer(`${number}`), expires: new Date(clock.now + 10_000) }
  }
  return { clock, credentials: keep(run, () => clock.now) }
}

test('requests made at once share one run, the first time and when it has expired', async () => {
  const { clock, credentials } = source()
  const three = () => Promise.all([credentials.get(), credentials.get(), credentials.get()])
  expect(new Set(await three())).toEqual(new Set([bearer('1')]))
  clock.now = 10_000
  expect(new Set(await three())).toEqual(new Set([bearer('2')]))
  expect(clock.runs).toBe(2)
})

test('a run that failed is not remembered', async () => {
  const { credentials } = source(1)
  await expect(credentials.get()).rejects.toThrow('run 1')
  expect(await credentials.get()).toEqual(bearer('2'))
})

test('what the server refused is got anew, once for all who were refused', async () => {
  const { clock, credentials } = source()
  const refused = await credentials.get()
  credentials.reject(refused)
  const renewed = await credentials.get()
  credentials.reject(refused)
  expect(await credentials.get()).toBe(renewed)
  expect(clock.runs).toBe(2)
})

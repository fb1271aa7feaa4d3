// The webhook's small parts, each by its promise: certificates, arguments, lines, the work queue, digests.
import type { IncomingMessage } from 'node:http'
import { PassThrough, Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { until } from '../../until.ts'
import { createBodyReader } from '../../../webhook/admission/body.ts'
import { bundleWith, inspect, isDue, issue } from '../../../webhook/certificates/certificates.ts'
import { readConfig } from '../../../webhook/config.ts'
import { createDigests } from '../../../webhook/kubernetes/digests.ts'
import { readLines } from '../../../webhook/kubernetes/watch.ts'
import { createWorkQueue } from '../../../webhook/controller/work-queue.ts'

const DAY = 86_400_000
const NOW = new Date('2026-01-01T00:00:00Z')

test('a certificate is inspected: names, time, key', async () => {
  const pair = await issue(['a.svc'], DAY, NOW)
  const other = await issue(['a.svc'], DAY, NOW)
  expect(inspect(pair, ['a.svc'], NOW)).toMatchObject({ to: new Date(NOW.getTime() + DAY) })
  expect(inspect(pair, ['b.svc'], NOW)).toBe('the certificate is not for b.svc; it is for DNS:a.svc')
  expect(inspect(pair, ['a.svc'], new Date(NOW.getTime() + DAY))).toMatch(/^the certificate expired at 2026-01-02/)
  expect(inspect({ ...pair, key: other.key }, ['a.svc'], NOW)).toBe('the key does not match the certificate')
  expect(inspect({ ...pair, key: 'x' }, ['a.svc'], NOW)).toMatch(/cannot be used/)
})

test('a certificate is due after two thirds of its life, or of a shorter one asked for since', async () => {
  const validity = inspect(await issue(['a.svc'], 3 * DAY, NOW), ['a.svc'], NOW)
  if (typeof validity === 'string') throw new Error(validity)
  const dueAt = (days: number, lifetime = 3 * DAY) => isDue(validity, lifetime, new Date(NOW.getTime() + days * DAY))
  expect([dueAt(0), dueAt(1.9), dueAt(2.1)]).toEqual([false, false, true])
  expect([dueAt(0.1, 3600_000), dueAt(0.01, 3600_000)]).toEqual([true, false])
})

test('a bundle keeps what may still be served with, once each, and drops what has ended', async () => {
  const [ended, current, fresh] = await Promise.all([
    issue(['a'], 1, NOW),
    issue(['a'], DAY, NOW),
    issue(['a'], DAY, NOW)
  ])
  const later = new Date(NOW.getTime() + 1000)
  const bundle = bundleWith([fresh.authority], `${ended.authority}\n${current.authority}\n${fresh.authority}`, later)
  expect(bundle.split(/(?<=END CERTIFICATE-----\n)/)).toEqual(
    [fresh, current].map(({ authority }) => `${authority.trim()}\n`)
  )
})

test('a bundle does not grow without bound, and keeps the authority that is served with', async () => {
  const serving = await issue(['a'], DAY, NOW)
  let bundle = serving.authority
  for (let n = 0; n < 12; n++) {
    const { authority } = await issue(['a'], DAY, NOW)
    bundle = bundleWith([authority, serving.authority], bundle, NOW)
  }
  expect(bundle.match(/BEGIN/g)).toHaveLength(8)
  expect(bundle).toContain(serving.authority.trim())
})

const ENV = { KUBERNETES_SERVICE_HOST: '10.0.0.1', HOSTNAME: 'pod-1' }

test('every problem with the arguments is told at once', () => {
  const argv = ['dance', '--port=70000', '--drain=soon', '--leftovers=hide', '--log-level=loud']
  expect(readConfig(argv, {}, () => 'ns')).toEqual([
    'unknown command "dance"; use one of serve, test, cleanup',
    '--leftovers: hide is not one of remove, keep',
    expect.stringMatching(/^--log-level: loud is not one of debug, /),
    expect.stringMatching(/^KUBERNETES_SERVICE_HOST is not set/),
    expect.stringMatching(/^HOSTNAME is not set/),
    '--port: 70000 is not a number from 0 to 65535',
    expect.stringMatching(/^--drain: soon is not a duration; for example/)
  ])
  expect(readConfig(['--unknown'], ENV, () => 'ns')).toEqual([expect.stringContaining("'--unknown'")])
})

test('the certificate rotates only where there is a configuration to make it trusted', () => {
  expect(readConfig([], ENV, () => 'ns')).not.toHaveProperty('rotation')
  const rotating = readConfig(['serve', '--configuration=c', '--certificate-lifetime=30s'], ENV, () => 'ns')
  expect(rotating).toMatchObject({ rotation: { configuration: 'c', lifetimeMs: 30_000 }, namespace: 'ns' })
})

test('lines are whole whatever the chunks, in several bytes a character too', async () => {
  const bytes = Buffer.from('{"a":"é"}\n\n{"b":1}\nrest')
  const chunks = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1))
  for (const stream of [Readable.from(chunks), Readable.from([bytes])]) {
    const lines: string[] = []
    for await (const line of readLines(stream)) lines.push(line)
    expect(lines).toEqual(['{"a":"é"}', '', '{"b":1}'])
  }
})

test('work runs once at a time for a key, as late as asked, again when asked meanwhile', async () => {
  const stop = new AbortController()
  const runs: string[] = []
  const [begun, asked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let atOnce = 0
  const queue = createWorkQueue(
    async (key) => {
      expect(++atOnce).toBe(1)
      runs.push(key)
      begun.resolve()
      await asked.promise
      atOnce--
      return runs.length === 2 ? 10 : undefined
    },
    { concurrency: 5, perSecond: 1000, signal: stop.signal, failed: () => undefined }
  )
  queue.add('a', 10_000)
  queue.add('a', 5)
  queue.add('a', 20_000)
  await begun.promise
  expect(runs).toEqual(['a'])
  queue.add('a')
  asked.resolve()
  await until('asked for meanwhile, and by itself', () => runs.length === 3)
  stop.abort()
})

test('work keeps to its rate and concurrency, and ends with the signal', async () => {
  const stop = new AbortController()
  let [atOnce, most, runs] = [0, 0, 0]
  const work = async () => {
    runs++
    most = Math.max(most, ++atOnce)
    await sleep(20)
    atOnce--
    return undefined
  }
  const queue = createWorkQueue(work, {
    concurrency: 2,
    perSecond: 100,
    signal: stop.signal,
    failed: () => undefined
  })
  for (let index = 0; index < 100; index++) queue.add(String(index))
  await sleep(300)
  stop.abort()
  const atStop = runs
  await sleep(100)
  expect(most).toBe(2)
  expect(atStop).toBeGreaterThan(5)
  expect(atStop).toBeLessThanOrEqual(32)
  expect(runs).toBe(atStop)
})

test('digests say what was found, written and gone, also what a second list no longer has', () => {
  const seen: unknown[] = []
  const object = (name: string, value?: number) => ({ metadata: { name, namespace: 'ns' }, value })
  const digests = createDigests(
    ({ value }: ReturnType<typeof object>) => value,
    (key, now, before, cause) => seen.push([key, now, before, cause]),
    () => expect.unreachable()
  )
  digests.begin()
  digests.put(object('a', 1))
  digests.put(object('none'))
  digests.end()
  digests.put(object('a', 2))
  digests.begin()
  digests.end()
  digests.drop(object('a'))
  expect(seen).toEqual([
    ['ns/a', 1, undefined, 'found'],
    ['ns/a', 2, 1, 'written'],
    ['ns/a', undefined, 2, 'gone']
  ])
  expect(digests.all.size).toBe(0)
})

test('small bodies are read while large ones wait', async () => {
  const { read } = createBodyReader(10, 10, 4)
  const [stalled, large, small] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const reading = [stalled, large, small].map((body) => read(body as unknown as IncomingMessage)) // a stream is all it uses
  stalled.write('12345678')
  await sleep(5)
  large.write('12345')
  small.end('1234')
  expect(await reading[1]).toBe('crowded')
  expect(String(await reading[2])).toBe('1234')
  stalled.end()
  expect(String(await reading[0])).toBe('12345678')
})

test('bodies are held within two limits: of one, and of all that are under way', async () => {
  const { read } = createBodyReader(10, 15, 0)
  const [first, second, third] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const reading = [first, second, third].map((body) => read(body as unknown as IncomingMessage)) // a stream is all it uses
  first.write('12345678')
  second.write('1234567')
  await sleep(5)
  third.write('1')
  expect(await reading[2]).toBe('crowded')
  second.end()
  await reading[1]
  first.end('9')
  expect(String(await reading[0])).toBe('123456789')
  const large = new PassThrough()
  const refused = read(large as unknown as IncomingMessage)
  large.write('12345678901')
  expect(await refused).toBe('large')
  const afterwards = new PassThrough()
  const whole = read(afterwards as unknown as IncomingMessage)
  afterwards.end('1234567890')
  expect(String(await whole)).toBe('1234567890')
})

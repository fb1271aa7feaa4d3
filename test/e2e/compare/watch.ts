// `kubectl mirror compare` beside a client that sends: begun before the first request, and ended when all of them are told.
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../until.ts'
import { watchLines, type Ended, type Running } from '../command.ts'
import { read, type PairLine, type SummaryLine } from './output.ts'
import type { Shop } from './shop.ts'

interface Watched<T> {
  readonly answers: T
  readonly finished: Ended
  readonly pairs: PairLine[]
  readonly summary: SummaryLine
}

type Variables = Readonly<Record<string, string>>

const PROBE = '/probe'

/** `variables`: the client's. */
export function watch(shop: Shop, variables: Variables, args: readonly string[] = []) {
  return watchWhile(shop, () => shop.send(variables), args)
}

/** `answers`: what `send` resolves with. */
export async function watchWhile<T>(shop: Shop, send: () => Promise<T>, args: readonly string[]): Promise<Watched<T>> {
  const running = shop.compare(['-o', 'json', ...args])
  const { lines, quiet } = watchLines(running)
  await isReading(shop, running, lines)
  const answers = await send()
  await quiet()
  running.process.kill('SIGINT')
  const finished = await running.ended
  const { pairs, summary } = read(finished)
  const isProbe = ({ live, copy }: PairLine) => (live ?? copy)?.line.includes(PROBE) === true
  return { answers, finished, summary, pairs: pairs.filter((pair) => !isProbe(pair)) }
}

/** Sends requests until one is printed, or the command has ended. */
export function isReading(shop: Shop, { process }: Running, lines: () => number): Promise<void> {
  return until(
    'compare reads the logs',
    async () => {
      await shop.send({ COUNT: '2', MARK: 'probe', PATHS: PROBE })
      await pause(1000)
      return lines() > 0 || process.exitCode !== null
    },
    60_000
  )
}

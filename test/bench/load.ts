// The load generator as its user sees it: an order in, a report out, from a process of its own. Starts no server.
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { LoadOrder, LoadReport } from './load-process.ts'

export interface Load {
  run(order: LoadOrder): Promise<LoadReport>
  stop(): void
}

/** One process for all servers, so that none of them meets a colder generator than another. */
export function startLoad(): Load {
  const child = fork(new URL('load-process.ts', import.meta.url))
  const ended = once(child, 'exit').then(() => {
    throw new Error('the load generator ended: see its message above')
  })
  ended.catch(() => {}) // reported only to what waits for a report
  return {
    async run(order) {
      child.send(order)
      const report = await Promise.race([answer(child), ended])
      if (report.failed > 0) throw new Error(`${report.failed} of ${report.requests} requests to ${order.url} failed`)
      return report
    },
    stop: () => child.disconnect()
  }
}

async function answer(child: ChildProcess): Promise<LoadReport> {
  const [report] = (await once(child, 'message')) as [LoadReport] // it sends nothing else
  return report
}

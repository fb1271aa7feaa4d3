// The callers of live requests, run from the node: `kubectl exec` would end with the API server.
import { run, start } from '../command.ts'
import type { InCaller } from '../safety/callers.ts'
import { processesOf } from './node.ts'

export interface Callers {
  readonly start: InCaller
  /** Copies that the sidecar of the mirrored caller has begun to send, since it started. */
  copies(): Promise<number>
}

const COPIES = String.raw`^cluster\.outbound\|8000\|v2\|.*upstream_rq_total$`

export async function findCallers(namespace: string): Promise<Callers> {
  const names = ['mirrored', 'control']
  const pids = new Map<string, number>()
  for (const name of names) {
    const [process] = await processesOf(namespace, `app=${name}`, 'caller')
    if (process === undefined) throw new Error(`the caller ${name} does not run`)
    pids.set(name, process.pid)
  }
  const enter = (name: string, ...flags: readonly string[]) => ['--target', String(pids.get(name)), '--net', ...flags]
  return {
    start: (name, command, input) =>
      start('nsenter', [...enter(name, '--mount', '--pid', '--'), ...command], { env: process.env, input }),
    async copies() {
      const stats = `http://127.0.0.1:15000/stats?filter=${encodeURIComponent(COPIES)}`
      const curl = ['curl', '--silent', '--show-error', '--fail', stats]
      const stdout = await run('nsenter', [...enter('mirrored', '--'), ...curl], { env: process.env })
      // None yet: Envoy counts a cluster's requests from the first on.
      return Array.from(stdout.matchAll(/: (\d+)$/gm), ([, count]) => Number(count)).reduce(
        (sum, count) => sum + count,
        0
      )
    }
  }
}

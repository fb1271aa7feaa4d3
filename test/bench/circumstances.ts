// Where and on what a measurement was made: machine, commit, time, what else kept the machine busy. Measures nothing.
import { cpus, loadavg, release, totalmem } from 'node:os'
import { run } from '../sandbox/command.ts'

export interface Circumstances {
  readonly machine: string
  /** With a plus when files differ from it. */
  readonly commit: string
  readonly when: string
  /** Of the minute before: above 0, something else was running. */
  readonly loadBefore: number
}

export async function circumstances(): Promise<Circumstances> {
  const processors = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  const cwd = new URL('../..', import.meta.url).pathname
  const commit = (await run('git', ['rev-parse', '--short=12', 'HEAD'], { cwd })).trim()
  const changes = await run('git', ['status', '--porcelain', '--', 'mirror', 'webhook', 'plugin', 'test/bench'], {
    cwd
  })
  return {
    machine: `${processors.length} × ${processors[0]?.model.trim()}, ${memory} GiB, Linux ${release()}, Node ${process.version}`,
    commit: changes === '' ? commit : `${commit}+`,
    when: new Date().toISOString().slice(0, 16),
    loadBefore: Math.round(loadavg()[0]! * 10) / 10
  }
}

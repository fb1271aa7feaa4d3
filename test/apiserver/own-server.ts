// The API server that a test file has to itself while it runs: each of vitest's workers has one.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import { until } from '../until.ts'

/** Of an administrator. */
export function kubeconfig(): string {
  const own = inject('kubeconfigs')[worker() - 1]
  if (own === undefined) throw new Error(`there is no API server for worker ${worker()}: see test/apiserver/setup.ts`)
  return own
}

/** Killed, and started again at the same address with the same data; back when this resolves, with every kind. */
export async function restartServer(): Promise<void> {
  const response = await fetch(`${inject('restarts')}/${worker() - 1}`)
  if (!response.ok) throw new Error(await response.text())
  const kinds = (await kubectl(['api-resources', '--verbs=list', '-o', 'name'])).trim().replaceAll('\n', ',')
  await until('each kind can be listed', () => kubectl(['get', kinds, '-o', 'name']).then(() => true), 60_000)
}

function worker(): number {
  return Number(process.env['VITEST_POOL_ID'])
}

/** stdout; throws with its stderr. */
export async function kubectl(args: readonly string[], input = ''): Promise<string> {
  const running = promisify(execFile)(inject('kubectl'), ['--kubeconfig', kubeconfig(), ...args], {
    maxBuffer: 64 * 1024 * 1024
  })
  // One that ends before it has read everything says why by its exit code.
  running.child.stdin?.on('error', () => {}).end(input)
  return (await running).stdout
}

// The API server that a test file has to itself while it runs: each of vitest's workers has one.
import { inject } from 'vitest'
import { run } from '../sandbox/command.ts'

/** Of an administrator. */
export function kubeconfig(): string {
  const worker = Number(process.env['VITEST_POOL_ID'])
  const own = inject('kubeconfigs')[worker - 1]
  if (own === undefined) throw new Error(`there is no API server for worker ${worker}: see test/apiserver/setup.ts`)
  return own
}

/** stdout; throws with its stderr. */
export function kubectl(args: readonly string[], input = ''): Promise<string> {
  return run(inject('kubectl'), ['--kubeconfig', kubeconfig(), ...args], { input })
}

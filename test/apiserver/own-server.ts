// The API server that a test file has to itself while it runs: each of vitest's workers has one.
import { inject } from 'vitest'

/** Of an administrator. */
export function kubeconfig(): string {
  const worker = Number(process.env['VITEST_POOL_ID'])
  const own = inject('kubeconfigs')[worker - 1]
  if (own === undefined) throw new Error(`there is no API server for worker ${worker}: see test/apiserver/setup.ts`)
  return own
}

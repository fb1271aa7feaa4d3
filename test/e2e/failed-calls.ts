// The calls to our webhook that failed, as the API server tells: how many, and why.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { placeOf } from '../sandbox/place.ts'
import { kubectl } from './kubectl.ts'

const WEBHOOK = 'mirror.kubectl-mirror.dev'

/** The API server's own count of calls to our webhook that failed: let through, or refused because none answered. */
export async function countFailedCalls(): Promise<number> {
  const text = await kubectl('get', '--raw', '/metrics')
  const lines = text
    .split('\n')
    .filter(
      (line) =>
        line.includes(WEBHOOK) &&
        (line.startsWith('apiserver_admission_webhook_fail_open_count') ||
          (line.startsWith('apiserver_admission_webhook_rejection_count') && !line.includes('error_type="no_error"')))
    )
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

/** Why, by the API server's own log, where that is ours to read. */
export function readFailures(count: number): string[] {
  if (count <= 0 || !inject('ownsNode')) return []
  const log = readFileSync(join(placeOf(process.env).logs, 'kube-apiserver.log'), 'utf8')
  const lines = log.split('\n').filter((line) => line.includes('ailed calling webhook'))
  return lines.slice(-Math.min(count, 10))
}

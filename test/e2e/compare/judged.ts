// The load that shows a worse v2 of the shop, and what `compare` must name of it.
import { expect } from 'vitest'
import { times } from '../short.ts'
import type { SummaryLine } from './output.ts'

/** Of /errors more, since its fault is rare: 2 % must be beyond what Holm's correction asks of 18 questions and more. */
export const LOAD = {
  COUNT: `${times(4_800, 1_800)}`,
  PATHS: '/errors,/plain,/errors,/user/{n},/errors,/slow,/long,/varied',
  THINK: '0.08',
  CONNECTIONS: '8'
}
/** Of the worse v2, more where there are fewer requests to show it. */
export const ERRORS = `ERRORS=${times(0.02, 0.2)}`
export const GATES = ['--fail-on', 'status>0.1%,p50>50%,size>5%,missing>1%']

/** Endpoints. */
export const WORSE = ['GET /errors', 'GET /long', 'GET /slow']

/** Endpoints. */
export function named({ endpoints }: SummaryLine): string[] {
  return endpoints.flatMap(({ endpoint, findings }) => (findings.length > 0 ? [endpoint] : [])).toSorted()
}

/** Each of the worse ones is named for what is worse. */
export function expectReasons({ endpoints }: SummaryLine): void {
  const metrics = (name: string) =>
    endpoints.find(({ endpoint }) => endpoint === name)!.findings.map(({ metric }) => metric)
  expect(metrics('GET /errors')).toEqual(['status'])
  expect(metrics('GET /slow')).toContain('p50')
  expect(metrics('GET /long')).toEqual(['size'])
}

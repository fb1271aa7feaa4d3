// The access logs of two versions as the kubelet sends them: each request in the live version's, its copy in the other's. Reads none.
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { Workload } from '../../plugin/compare/sources/record.ts'

/** Requests a second, by the lines' own clock: with their copies 20,000 records. */
const RATE = 10_000
const BEGIN = Date.UTC(2026, 10, 28, 18)
const PATHS = ['/items/', '/orders/', '/users/', '/carts/']

/** GoAccess's words for these lines: it counts days, paths, statuses, bytes, latencies, clients and agents. */
export const GOACCESS_FORMAT =
  '%^ [%dT%t.%^] "%m %U %H" %s %^ %^ %^ "%^" %^ %b %L %^ "%^" "%u" "%^" "%v" "%^" %^ %^ %^ %h:%^ %^ %^'

/** Istio's default format. */
export async function writeAccessLog(file: string, workload: Workload, requests: number): Promise<void> {
  const output = createWriteStream(file)
  for (let first = 0; first < requests; first += 1000) {
    const numbers = Array.from({ length: Math.min(1000, requests - first) }, (_, index) => first + index)
    if (!output.write(numbers.map((number) => line(number, workload)).join(''))) await once(output, 'drain')
  }
  output.end()
  await once(output, 'close')
}

function line(number: number, workload: Workload): string {
  const isCopy = workload === 'mirror'
  const at = new Date(BEGIN + (number * 1000) / RATE).toISOString()
  const id = `6f9619ff-8b86-4011-b42d-${number.toString(16).padStart(12, '0')}`
  const path = `${PATHS[number % PATHS.length]}${number % 5000}?page=${number % 7}`
  const status = number % 100 === 0 ? 503 : 200
  const duration = 3 + (number % 17) + (isCopy ? number % 3 : 0)
  const version = isCopy ? 'v2' : 'v1'
  return (
    `${at.slice(0, -1)}456789Z [${at}] "GET ${path} HTTP/1.1" ${status} - via_upstream - "-" 0 ${300 + (number % 90)} ` +
    `${duration} ${duration - 1} "${isCopy ? '10.0.0.7' : '-'}" "curl/8.5.0" "${id}" "shop:8000" "10.0.0.9:80" ` +
    `inbound|80|| 127.0.0.6:41 10.0.0.9:80 10.0.0.${7 + (number % 5)}:0 ` +
    `outbound_.8000_.${version}_.shop.prod.svc.cluster.local default\n`
  )
}

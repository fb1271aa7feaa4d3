// Requests at a steady rate until they are stopped, by curl in the client's pod. Knows no route.
import { randomUUID } from 'node:crypto'
import type { Mesh } from '../mesh.ts'

/** A second's. */
const RATE = 50

/** In the order in which they were sent. */
export interface Sent {
  readonly path: string
  /** 000 without a response. */
  readonly status: string
  /** Of the response, in whole seconds since the epoch. */
  readonly second: number
}

export interface Load {
  stop(): Promise<Sent[]>
}

/** Their paths contain the marker. */
export function startLoad({ kubectl }: Mesh, host: string, marker: string): Load {
  const end = `/tmp/${randomUUID()}`
  const format = String.raw`%{url_effective} %{http_code} %header{date}\n`
  const curl = `curl -s -o /dev/null --rate ${RATE * 60}/m -w '${format}' "${host}/get?${marker}=$round-[1-${RATE}]"`
  const script = `round=0; while [ ! -e ${end} ]; do round=$((round + 1)); ${curl}; done; rm ${end}`
  const sending = kubectl(['exec', 'deploy/sleep', '--', 'sh', '-c', script])
  return {
    async stop() {
      await kubectl(['exec', 'deploy/sleep', '--', 'touch', end])
      return (await sending).trim().split('\n').map(sentOf)
    }
  }
}

function sentOf(line: string): Sent {
  const [address = '', status = '', ...date] = line.split(' ')
  const { pathname, search } = new URL(address)
  return { path: pathname + search, status, second: Date.parse(date.join(' ')) / 1000 }
}

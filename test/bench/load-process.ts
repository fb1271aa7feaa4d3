// Loads one HTTPS server at a time, told by its parent process: what this costs is not the server's. Judges nothing.
import { readFileSync } from 'node:fs'
import autocannon from 'autocannon'
import { percentile } from './statistics.ts'

export interface LoadOrder {
  readonly url: string
  /** A file: the same bytes are sent each time. */
  readonly body: string
  readonly connections: number
  /** From the moment that all connections stand. */
  readonly seconds: number
}

export interface LoadReport {
  readonly requests: number
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly failed: number
}

/** Seconds. */
const CONNECTED_WITHIN = 30

process.on('message', (order: LoadOrder) => {
  void load(order).then((report) => process.send!(report)) // started by fork, so there is a parent to tell
})
process.on('disconnect', () => process.exit())

async function load({ url, body, connections, seconds }: LoadOrder): Promise<LoadReport> {
  const latencies: number[] = []
  const connected = new Set<unknown>()
  let started = 0
  let ended = 0
  const { non2xx, errors } = await new Promise<autocannon.Result>((resolve, reject) => {
    const options: autocannon.Options = {
      url,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: readFileSync(body),
      connections,
      duration: CONNECTED_WITHIN + seconds,
      sampleInt: 50
    }
    const run = autocannon(options, (error, result) => (error ? reject(error) : resolve(result)))
    // A connection's first response took a TLS handshake; the API server keeps its connections.
    run.on('response', (client, _status, _bytes, milliseconds) => {
      ended = performance.now()
      if (connected.size === connections) latencies.push(milliseconds)
      else {
        connected.add(client)
        started = ended
        if (connected.size === connections) setTimeout(() => run.stop(), seconds * 1000)
      }
    })
  })
  if (latencies.length === 0) throw new Error(`${url} answered nothing within ${seconds} s`)
  latencies.sort((a, b) => a - b)
  return {
    requests: latencies.length,
    perSecond: latencies.length / ((ended - started) / 1000),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    failed: non2xx + errors
  }
}

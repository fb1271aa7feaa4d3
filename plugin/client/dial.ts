// Opens TCP connections as Go does (RFC 8305): of two families of addresses the second starts 300 ms after the first, and
// neither is cut off for the other. Node's own way gives up on an address after 250 ms, which far ones need.
import { lookup } from 'node:dns/promises'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

type Address = Awaited<ReturnType<typeof lookup>>

/** Throws Node's error of a connection. `signal` gives up. */
export async function dial(host: string, port: number, signal: AbortSignal, find = findAll): Promise<Socket> {
  const addresses = await find(host)
  const isPreferred = ({ family }: Address) => family === addresses[0]?.family
  const [preferred, others] = [addresses.filter(isPreferred), addresses.filter((one) => !isPreferred(one))]
  const finished = new AbortController()
  const stop = AbortSignal.any([signal, finished.signal])
  const first = tryEach(preferred, port, stop)
  if (others.length === 0) return first
  const second = Promise.race([
    sleep(HEAD_START, undefined, { signal: stop }),
    first.then(never, () => undefined)
  ]).then(() => tryEach(others, port, stop))
  try {
    const winner = await Promise.any([first, second])
    for (const one of [first, second])
      one.then(
        (socket) => socket !== winner && socket.destroy(),
        () => undefined
      )
    return winner
  } catch {
    return await first // the error of the preferred family, as in Go
  } finally {
    finished.abort()
  }
}

const HEAD_START = 300
/** For all addresses of a family together, in milliseconds. */
const PATIENCE = 30_000

function findAll(host: string): Promise<Address[]> {
  return lookup(host, { all: true })
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}

async function tryEach(addresses: readonly Address[], port: number, signal: AbortSignal): Promise<Socket> {
  const failures: unknown[] = []
  for (const { address } of addresses) {
    try {
      return await open(address, port, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE / addresses.length)]))
    } catch (error) {
      failures.push(error)
    }
  }
  throw failures[0]
}

function open(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, autoSelectFamily: false })
    const giveUp = () => socket.destroy(new DialError(`connect ETIMEDOUT ${host}:${port}`))
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    const settled = () => signal.removeEventListener('abort', giveUp)
    socket.once('connect', () => (settled(), resolve(socket)))
    // It stays: until the agent listens itself, an error must not end the process.
    socket.on('error', (error) => (settled(), reject(error)))
  })
}

class DialError extends Error {
  readonly code = 'ETIMEDOUT'
}

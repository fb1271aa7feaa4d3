// Asks the API server until something is so, also over a time in which it is away. Knows nothing of what is waited for.
import type { Cluster } from '../client/client.ts'
import { ApiError, ConnectionError, describeError } from '../io/errors.ts'

export interface Polling {
  readonly cluster: Cluster
  readonly signal: AbortSignal
  /** By `performance.now()`: the time in which a laptop is suspended is not waited for. */
  readonly deadline: number
  /** Milliseconds between two looks. */
  readonly every?: number
}

/** What `look` found; undefined: nothing until the deadline. */
export async function poll<T>(
  { cluster, signal, deadline, every = PAUSE }: Polling,
  look: () => Promise<T | undefined>
): Promise<T | undefined> {
  let hasAnswered = false
  for (;;) {
    try {
      const found = await look()
      if (found !== undefined) return found
      hasAnswered = true
    } catch (error) {
      if (signal.aborted || performance.now() >= deadline || !mayPass(error, hasAnswered)) throw error
      cluster.warn(`trying again: ${describeError(error)}`)
      hasAnswered = true
    }
    if (performance.now() >= deadline) return undefined
    await pause(signal, every)
  }
}

/** Between two looks. */
export async function pause(signal: AbortSignal, milliseconds = PAUSE): Promise<void> {
  await new Promise((resolve) => void setTimeout(resolve, milliseconds))
  signal.throwIfAborted()
}

const PAUSE = 500

/** An API server that has just started may refuse what it allows a moment later. */
function mayPass(error: unknown, hasAnswered: boolean): boolean {
  if (error instanceof ConnectionError) return true
  if (!(error instanceof ApiError)) return false
  const isRefused = error.status === 401 || error.status === 403
  return error.status >= 500 || error.status === 429 || (isRefused && hasAnswered)
}

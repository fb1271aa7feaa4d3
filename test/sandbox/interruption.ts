// Turns the first wish to stop this process into an abort signal, so that what was begun is taken down; ends nothing.
import { Failure } from './failure.ts'

export function interruption(): AbortSignal {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stop.abort(new Failure(`interrupted by ${signal}`)))
  }
  return stop.signal
}

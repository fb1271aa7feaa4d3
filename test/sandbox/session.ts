// What every step of one run is given (where, how to say what it does, when to stop), and running steps side by side.
import type { Place } from './place.ts'
import type { Progress } from './progress.ts'

export interface Session {
  place: Place
  progress: Progress
  signal: AbortSignal
}

/** All at once. When one fails the others are stopped, and waited for: nothing runs during the clean-up. */
export async function together<const Results extends readonly unknown[]>(
  session: Session,
  works: { readonly [Index in keyof Results]: (session: Session) => Promise<Results[Index]> }
): Promise<Results> {
  const stop = new AbortController()
  const signal = AbortSignal.any([session.signal, stop.signal])
  const failures: unknown[] = []
  const results = await Promise.all(
    works.map(async (work) => {
      try {
        return await work({ ...session, signal })
      } catch (error) {
        failures.push(error)
        stop.abort()
        return undefined
      }
    })
  )
  if (failures.length > 0) throw failures[0]
  return results as unknown as Results // `map` forgets which came from which
}

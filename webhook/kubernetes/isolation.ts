// Keeps a failure with one object from stopping the others; reports it once for each version of the object.

export interface Isolation {
  /** Undefined if the work throws. `version` is the object's. */
  run<T>(key: string, version: string, work: () => T): T | undefined
  failed(key: string, version: string, error: unknown): void
  /** The object no longer exists. */
  forget(key: string): void
}

export type ReportFailure = (key: string, error: unknown) => void

export function createIsolation(report: ReportFailure): Isolation {
  /** Version that failed, by key. */
  const failing = new Map<string, string>()
  const failed = (key: string, version: string, error: unknown): void => {
    if (failing.get(key) === version) return
    failing.set(key, version)
    report(key, error)
  }
  return {
    run(key, version, work) {
      try {
        const result = work()
        failing.delete(key)
        return result
      } catch (error) {
        failed(key, version, error)
        return undefined
      }
    },
    failed,
    forget: (key) => void failing.delete(key)
  }
}

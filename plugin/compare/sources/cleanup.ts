// The end of a run: whoever waits should know for what, since a second Ctrl-C would end it, and what could not be undone.
import type { Cluster } from '../../client/client.ts'

export async function takeAway<T>(what: string, say: (text: string) => void, work: Promise<T>): Promise<T> {
  const timer = setTimeout(
    () => say(`Removing ${what}; press Ctrl-C again to quit and leave it in the cluster`),
    SILENT_FOR
  )
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}

const SILENT_FOR = 1500

/** `name`: of what could not be removed, as kubectl names it. */
export function leftBehind({ command }: Cluster, name: string): string {
  return `${name} could not be removed: ${command(`delete ${name}`)}`
}

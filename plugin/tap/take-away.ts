// The end of a run, where it takes a while: whoever waits should know for what, since a second Ctrl-C would end it.

export async function takeAway<T>(what: string, say: (text: string) => void, work: Promise<T>): Promise<T> {
  const timer = setTimeout(
    () => say(`Still taking away ${what}: a second Ctrl-C would leave it in the cluster`),
    SILENT_FOR
  )
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}

const SILENT_FOR = 1500

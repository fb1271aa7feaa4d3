// The sandbox for a part that needs Envoy: taken as it stands, or brought up for it and taken down again. Measures nothing.
import type { Session } from '../sandbox/session.ts'
import { down, up } from '../sandbox/up.ts'

export async function withSandbox<T>(
  session: Session,
  say: (text: string) => void,
  work: () => Promise<T>
): Promise<T> {
  say('the sandbox')
  const { reused } = await up(session)
  try {
    return await work()
  } finally {
    // Not by the run's own signal: after Ctrl-C that is aborted.
    if (!reused) await down({ ...session, signal: new AbortController().signal })
  }
}

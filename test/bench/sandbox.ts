// The sandbox for the parts that need Envoy: taken as it stands, or brought up for the first of them. Measures nothing.
import type { Session } from '../sandbox/session.ts'
import { down, up } from '../sandbox/up.ts'

export interface Sandbox {
  /** Until the stage is taken down: bringing it up takes longer than some parts. */
  open(say: (text: string) => void): Promise<void>
  /** Takes down what was brought up here. */
  close(): Promise<void>
}

export function sandboxOf(session: Session): Sandbox {
  let isOurs = false
  return {
    async open(say) {
      say('the sandbox')
      const { reused } = await up(session)
      isOurs ||= !reused
    },
    async close() {
      // Not by the run's own signal: after Ctrl-C that is aborted.
      if (isOurs) await down({ ...session, signal: new AbortController().signal })
    }
  }
}

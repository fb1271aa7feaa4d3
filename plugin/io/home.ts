// The user's home folder. Knows no file in it.
import { homedir } from 'node:os'

/** Empty, as for kubectl, where there is none: a pod's user id need not be any user's. */
export function home(): string {
  try {
    return homedir()
  } catch {
    return ''
  }
}

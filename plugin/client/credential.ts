// What one request sends to say who we are. Knows no source of it.
import { asUtf8 } from './header-text.ts'

export interface Credentials {
  readonly headers: { readonly authorization?: string }
  /** From a credential plugin. */
  readonly cert?: string
  readonly key?: string
}

export interface Expiring {
  readonly credentials: Credentials
  /** Absent: for as long as this process runs. */
  readonly expires?: Date
}

export function bearer(token: string): Credentials {
  return { headers: { authorization: asUtf8(`Bearer ${token}`) } }
}

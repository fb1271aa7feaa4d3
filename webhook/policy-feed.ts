// Keeps the policy of a ConfigMap in force, without a restart. What the rules mean is mirror/policy.ts's.
import type { Counter } from 'prom-client'
import type { Policies } from '../mirror/policy.ts'
import { readPolicies } from '../mirror/read-policy.ts'
import type { Named } from './digests.ts'
import type { Sink } from './watch.ts'

export interface ConfigMap extends Named {
  readonly data?: Readonly<Record<string, string>>
}

export interface PolicyFeed {
  readonly sink: Sink<ConfigMap>
  /** Undefined until a valid one was read: nothing can be admitted before. */
  policies(): Policies | undefined
}

const KEY = 'policy.json'

export interface PolicyFeedOptions {
  readonly rejected: Counter
  readonly log: { error(fields: object, message: string): void; info(fields: object, message: string): void }
  /** Another one is in force. */
  readonly changed: () => void
}

/** A policy that cannot be read leaves the one before in force: a typing error must not lift a guardrail. */
export function createPolicyFeed({ rejected, log, changed }: PolicyFeedOptions): PolicyFeed {
  let current: Policies | undefined
  const put = ({ metadata, data = {} }: ConfigMap): void => {
    const read = parse(data[KEY] ?? '{}')
    if (Array.isArray(read)) {
      rejected.inc()
      log.error({ configMap: metadata.name, problems: read }, 'policy not read; the one before stays in force')
      return
    }
    current = read
    log.info({ configMap: metadata.name, policy: read }, 'policy in force')
    changed()
  }
  return { sink: { begin: () => undefined, put, end: () => undefined, drop: () => undefined }, policies: () => current }
}

function parse(text: string): Policies | string[] {
  try {
    return readPolicies(JSON.parse(text))
  } catch (error) {
    return [`${KEY} is not JSON: ${error instanceof Error ? error.message : String(error)}`]
  }
}

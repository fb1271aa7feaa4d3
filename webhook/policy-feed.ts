// Keeps the policy of a ConfigMap in force, without a restart. What the rules mean is mirror/policy.ts's.
import type { Counter } from 'prom-client'
import type { Policies } from '../mirror/policy.ts'
import { readPolicies } from '../mirror/read-policy.ts'
import type { Named } from './digests.ts'
import { sinkOfOne } from './one-object.ts'
import type { Sink } from './watch.ts'

export interface ConfigMap extends Named {
  readonly data?: Readonly<Record<string, string>>
}

export interface PolicyFeed {
  readonly sink: Sink<ConfigMap>
  /** Undefined until a valid one was read: nothing can be admitted before. */
  policies(): Policies | undefined
  /** Why there is none. */
  missing(): string | undefined
}

const KEY = 'policy.json'

export interface PolicyFeedOptions {
  /** Name of the ConfigMap. */
  readonly configMap: string
  readonly rejected: Counter
  readonly log: { error(fields: object, message: string): void; info(fields: object, message: string): void }
  /** Another one is in force. */
  readonly changed: () => void
}

/** A policy that cannot be read leaves the one before in force: a typing error must not lift a guardrail. */
export function createPolicyFeed({ configMap, rejected, log, changed }: PolicyFeedOptions): PolicyFeed {
  let current: Policies | undefined
  let problems: readonly string[] = [`ConfigMap ${configMap} is not read yet`]
  const reject = (found: readonly string[]): void => {
    problems = found
    rejected.inc()
    log.error({ configMap, problems }, 'policy not read; the one before stays in force')
  }
  const put = ({ data = {} }: ConfigMap): void => {
    const read = parse(data[KEY])
    if (Array.isArray(read)) return reject(read)
    current = read
    log.info({ configMap, policy: read }, 'policy in force')
    changed()
  }
  return {
    sink: sinkOfOne(put, () => reject([`there is no ConfigMap ${configMap}`])),
    policies: () => current,
    missing: () => (current ? undefined : `no policy could be read yet: ${problems.join('; ')}`)
  }
}

function parse(text: string | undefined): Policies | string[] {
  if (text === undefined) return [`there is no key ${KEY}; "{}" is a policy without rules`]
  try {
    return readPolicies(JSON.parse(text))
  } catch (error) {
    return [`${KEY} is not JSON: ${error instanceof Error ? error.message : String(error)}`]
  }
}

// Keeps the policy of a ConfigMap in force, without a restart. mirror/policy.ts knows what the rules mean.
import { parsePolicies, POLICY_KEY, type Policies } from '../../mirror/policy.ts'
import type { Named } from '../kubernetes/digests.ts'
import type { Metrics } from '../kubernetes/metrics.ts'
import { sinkOfOne } from '../kubernetes/watches.ts'
import type { Sink } from '../kubernetes/watch.ts'

export interface ConfigMap extends Named {
  readonly metadata: Named['metadata'] & { readonly uid?: string }
  readonly data?: Readonly<Record<string, string>> | null
}

export interface CurrentPolicy {
  readonly sink: Sink<ConfigMap>
  /** Undefined until a valid one is read: nothing can be admitted before. */
  policies(): Policies | undefined
  /** resourceVersion of the ConfigMap that `policies` is from. */
  version(): string | undefined
  /** Why the ConfigMap's policy is not in force; undefined when it is. */
  problem(): PolicyProblem | undefined
}

export interface PolicyProblem {
  /** Absent: there is no ConfigMap. */
  readonly uid?: string | undefined
  /** One sentence; it says what is in force instead. */
  readonly message: string
}

export interface CurrentPolicyOptions {
  /** Name of the ConfigMap. */
  readonly configMap: string
  readonly metrics: Metrics['policy']
  readonly log: { error(fields: object, message: string): void; info(fields: object, message: string): void }
  /** Another policy is in force, or one was rejected. */
  readonly changed: () => void
}

/** An invalid policy leaves the previous one in force, if there is one: a typo must not lift a guardrail. */
export function createCurrentPolicy({ configMap, metrics, log, changed }: CurrentPolicyOptions): CurrentPolicy {
  let current: { readonly policies: Policies; readonly version: string | undefined } | undefined
  let problem: { readonly uid?: string | undefined; readonly found: string } | undefined = {
    found: 'not read yet'
  }
  const reject = (problems: readonly string[], uid?: string): void => {
    const found = problems.join('; ')
    if (problem?.found === found && problem.uid === uid) return
    problem = { uid, found }
    metrics.rejected.inc()
    metrics.unreadable.set(1)
    log.error({ configMap, problems }, `invalid policy; ${instead()}`)
    changed()
  }
  const instead = (): string =>
    current ? 'the previous one stays in force' : 'no policy is in force, so nothing can be admitted'
  const put = ({ metadata: { uid, resourceVersion }, data }: ConfigMap): void => {
    const text = data?.[POLICY_KEY]
    if (text === undefined) return reject([`key ${POLICY_KEY} is missing; "{}" is a policy without rules`], uid)
    const read = parsePolicies(text)
    if (Array.isArray(read)) return reject(read, uid)
    current = { policies: read, version: resourceVersion }
    problem = undefined
    metrics.unreadable.set(0)
    log.info({ configMap, policy: read }, 'policy in force')
    changed()
  }
  return {
    sink: sinkOfOne(put, () => reject([`there is no ConfigMap ${configMap}`])),
    policies: () => current?.policies,
    version: () => current?.version,
    problem: () =>
      problem && { uid: problem.uid, message: `policy of ConfigMap ${configMap}: ${problem.found}; ${instead()}` }
  }
}

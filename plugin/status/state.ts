// The state that a VirtualService's mirror is in: a code for programs, a message for people. Pure; knows no object.

/** `message`: what is behind a state other than Active, and what to do. */
export interface State {
  readonly code: StateCode
  readonly message?: string
}

/** Code -> what it says; docs/verbs.md has the table. Part of the interface, like the codes of problems: never rename one. */
export const STATES = {
  Active: 'requests are copied as asked; a message says what may end that',
  ByHand: 'the rules mirror, but not by annotations of kubectl-mirror',
  LeftOver: 'the annotations are gone, the mirror is not',
  Invalid: 'the annotations cannot be read, or not be met',
  ExpiredCopying: 'its time is over, and requests are still copied',
  Expired: 'its time is over, and nothing is copied',
  Owned: 'Flagger or Argo Rollouts rewrites the VirtualService',
  NotInjected: 'no webhook has seen the annotations',
  BaselineCopying: 'a run of compare was killed, and its baseline is still copied to after its end',
  Drifted: 'the rules are not what the annotations ask for',
  NoRoot: 'it is a delegate that no other VirtualService names',
  RootConflict: 'it is a delegate, and Istio drops mirrored rules of it under a root',
  TargetMissing: 'a target is not there, so copies go nowhere',
  TargetNotReady: 'a target has no ready pod',
  Forbidden: 'it breaks a guardrail that was set after it began; it goes on until it is changed',
  Unknown: 'what decides may not be read',
  Ended: 'it was mirrored before; seen with --watch'
} as const

export type StateCode = keyof typeof STATES

/** What the object itself says. */
export interface OwnFacts {
  /** It has annotations of ours. */
  readonly asked: boolean
  /** It has the record of what was injected. */
  readonly recorded: boolean
  /** Why the annotations cannot be read, or not be met. */
  readonly problems: readonly string[]
  readonly expired: boolean
  /** Where the object is not what the annotations ask for. */
  readonly differs: 'no' | 'inMetadata' | 'inRules'
  /** End of a baseline, where that alone is the difference: it is past. */
  readonly staleBaseline?: string | undefined
}

/** What only the cluster knows; asked for only where it decides. Each says why in a sentence. */
export interface Surroundings {
  /** `Canary podinfo (Flagger)` */
  readonly owner?: string
  /** Why a delegate gets no requests at all. */
  readonly noRoot?: string
  /** Under which roots a delegate's mirrored rules get none, and why. */
  readonly rootConflict?: string
  /** Why copies go nowhere. */
  readonly targetMissing?: string
  readonly targetNotReady?: string
  /** Which guardrails it breaks. */
  readonly forbidden?: string
  /** What may not be read. */
  readonly unknown?: string
  /** It has an end, and no webhook is there for it: Active all the same. */
  readonly nothingEnds?: string
}

/** Commands about this mirror. */
export interface Commands {
  /** Why no webhook injects. */
  readonly check: string
  readonly disable: string
  readonly endBaseline: string
}

/*
 * The first line that holds decides:
 *
 *   our annotations ...                               | code
 *   --------------------------------------------------|----------------
 *   none, but their record is left                    | LeftOver
 *   none, and the rules mirror                        | ByHand
 *   cannot be read, or not be met                     | Invalid
 *   say that it is over, and the rules mirror         | ExpiredCopying
 *   say that it is over                               | Expired
 *   are on an object that others drive                | Owned
 *   left no record                                    | NotInjected
 *   ask for these rules, but for a baseline's, past   | BaselineCopying
 *   ask for other rules than there are                | Drifted
 *   are on a delegate that no root names              | NoRoot
 *   are on a delegate whose rules a root drops        | RootConflict
 *   name a host or subset that is not there           | TargetMissing
 *   name a target without a ready pod                 | TargetNotReady
 *   ask for what the policy forbids by now            | Forbidden
 *   depend on what may not be read                    | Unknown
 *   else                                              | Active
 */
export function stateOf(own: OwnFacts, around: Surroundings, { check, disable, endBaseline }: Commands): State {
  const { asked, recorded, problems, expired, differs, staleBaseline } = own
  const state = (code: StateCode, message: string): State => ({ code, message })
  if (!asked && recorded) return state('LeftOver', `its annotations are gone, but not its mirror; ${disable}`)
  if (!asked) return state('ByHand', 'typed into spec.http, not made by kubectl-mirror')
  if (problems.length > 0) return state('Invalid', problems.join('; '))
  if (expired && differs === 'inRules') return state('ExpiredCopying', `no webhook has ended it; ${disable}`)
  if (expired) return state('Expired', disable)
  if (around.owner) return state('Owned', `${around.owner} rewrites this VirtualService, so the mirror may disappear`)
  if (!recorded) return state('NotInjected', `no webhook has seen it; ${check}`)
  if (staleBaseline) {
    return state('BaselineCopying', `the baseline of a killed compare run ended at ${staleBaseline}; ${endBaseline}`)
  }
  if (differs !== 'no')
    return state('Drifted', `the rules are not what the annotations ask for, and no webhook has mended them; ${check}`)
  return surroundingState(around)
}

/** Every sentence that holds is said; the first gives the code. */
function surroundingState(around: Surroundings): State {
  const found = SURROUNDING.flatMap(([code, key]) => (around[key] ? [{ code, message: around[key] }] : []))
  const code = found[0]?.code ?? 'Active'
  const messages = [...found.map(({ message }) => message), ...(around.nothingEnds ? [around.nothingEnds] : [])]
  return messages.length > 0 ? { code, message: messages.join('; ') } : { code }
}

const SURROUNDING = [
  ['NoRoot', 'noRoot'],
  ['RootConflict', 'rootConflict'],
  ['TargetMissing', 'targetMissing'],
  ['TargetNotReady', 'targetNotReady'],
  ['Forbidden', 'forbidden'],
  ['Unknown', 'unknown']
] as const satisfies readonly (readonly [StateCode, keyof Surroundings])[]

/** Nothing that the cluster knows changes these. */
export function isDecided(code: StateCode): boolean {
  return ['LeftOver', 'ByHand', 'Invalid', 'ExpiredCopying', 'Expired'].includes(code)
}

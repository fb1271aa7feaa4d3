// The state that a VirtualService's mirror is in: a code for programs, a message for people. Pure; knows no object.

export interface State {
  readonly code: StateCode
  /** Why, where the code alone doesn't say. */
  readonly message?: string
  /** The command that helps. */
  readonly remedy?: string
}

/** Code -> meaning, for the table in docs/commands.md. Part of the interface, like the codes of problems: never rename one. */
export const STATES = {
  Active: 'requests are copied as asked; a message says what may end that',
  ByHand: 'the rules mirror, but not by annotations of kubectl-mirror',
  LeftOver: 'the annotations were removed, the mirror was not',
  ExpiredCopying: 'it has ended, but requests are still copied',
  Expired: 'it has ended, and nothing is copied',
  Invalid: 'the annotations cannot be read or met',
  Owned: 'Flagger or Argo Rollouts rewrites the VirtualService',
  NotInjected: 'no webhook has handled the annotations',
  BaselineCopying: 'a killed run of diff left its baseline, which still gets copies after its end',
  Drifted: 'the rules are not what the annotations ask for',
  NoRoot: 'it is a delegate that no other VirtualService names',
  RootConflict: 'it is a delegate, and Istio drops mirrored rules of it under a root',
  TargetMissing: 'a target does not exist, so its copies are lost',
  TargetNotReady: 'a target has no ready pod',
  Forbidden: 'a newer guardrail forbids it; it stays until it is changed',
  Unknown: 'you may not read what decides the state',
  Ended: 'it was mirrored before; seen with --watch'
} as const

export type StateCode = keyof typeof STATES

/** What the object itself says. */
export interface OwnFacts {
  /** It has annotations of ours. */
  readonly asked: boolean
  /** It has the record of what was injected. */
  readonly recorded: boolean
  /** An HTTPRoute: the webhook takes its mirror out where live requests could fail. */
  readonly isRoute?: boolean
  /** Why the annotations cannot be read or met. */
  readonly problems: readonly string[]
  readonly expired: boolean
  /** Where the object is not what the annotations ask for. */
  readonly differs: 'no' | 'inMetadata' | 'inRules'
  /** When a baseline ended, if that is the only difference. */
  readonly staleBaseline?: string | undefined
}

/** What only the cluster knows; read only where it decides. Each value is a sentence. */
export interface Surroundings {
  /** `Canary podinfo (Flagger)` */
  readonly owner?: string
  /** Why a delegate gets no requests. */
  readonly noRoot?: string
  /** Why a delegate's mirrored rules get none under some roots. */
  readonly rootConflict?: string
  /** Why copies are lost. */
  readonly targetMissing?: string
  readonly targetNotReady?: string
  /** The guardrails it breaks. */
  readonly forbidden?: string
  /** What the user may not read. */
  readonly unknown?: string
  /** It has an end, but no webhook to end it. Does not change the code. */
  readonly nothingEnds?: string
}

/** Commands about this mirror. */
export interface Commands {
  /** Finds out why no webhook injects. */
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
 *   have a past end, and the rules mirror             | ExpiredCopying
 *   have a past end                                   | Expired
 *   cannot be read or met                             | Invalid
 *   are on an object that others drive                | Owned
 *   left no record                                    | NotInjected
 *   ask for these rules, but for a past baseline      | BaselineCopying
 *   ask for other rules than there are                | Drifted
 *   are on a delegate that no root names              | NoRoot
 *   are on a delegate whose rules a root drops        | RootConflict
 *   name a host or subset that does not exist         | TargetMissing
 *   name a target without a ready pod                 | TargetNotReady
 *   ask for what the policy now forbids               | Forbidden
 *   depend on what the user may not read              | Unknown
 *   else                                              | Active
 */
export function stateOf(own: OwnFacts, around: Surroundings, { check, disable, endBaseline }: Commands): State {
  const { asked, recorded, problems, expired, differs, staleBaseline } = own
  const state = (code: StateCode, message: string, remedy?: string): State => ({
    code,
    message,
    ...(remedy !== undefined && { remedy })
  })
  const said = own.isRoute ? OF_ROUTE : OF_VIRTUAL_SERVICE
  if (!asked && recorded) return state('LeftOver', 'its annotations were removed, but not its mirror', disable)
  if (!asked) return state('ByHand', said.byHand)
  if (expired) {
    const isCopying = differs === 'inRules'
    const message = [isCopying ? 'no webhook has ended it' : 'nothing is copied any more', ...problems].join('; ')
    return state(isCopying ? 'ExpiredCopying' : 'Expired', message, disable)
  }
  if (problems.length > 0) return state('Invalid', problems.join('; '))
  if (around.owner) return state('Owned', `${around.owner} rewrites this VirtualService, so the mirror may disappear`)
  if (!recorded) return state('NotInjected', said.notInjected, check)
  if (staleBaseline) {
    return state('BaselineCopying', `the baseline of a killed run ended at ${staleBaseline}`, endBaseline)
  }
  if (differs !== 'no')
    return state('Drifted', 'the rules are not what the annotations ask for, and no webhook has restored them', check)
  return surroundingState(around)
}

const OF_VIRTUAL_SERVICE = {
  byHand: 'typed into spec.http, not made by kubectl-mirror',
  notInjected: 'no webhook has handled it'
}
const OF_ROUTE = {
  byHand: 'typed into spec.rules, not made by kubectl-mirror',
  notInjected: 'no webhook has handled it, or live requests could fail: its Events say which'
}

/** All sentences that hold; the first decides the code. */
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

/** Whether nothing in the cluster can change this state. */
export function isDecided(code: StateCode): boolean {
  return ['LeftOver', 'ByHand', 'Invalid', 'ExpiredCopying', 'Expired'].includes(code)
}

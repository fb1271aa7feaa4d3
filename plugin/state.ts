// The state that a VirtualService's mirror is in: a code for programs, a message for people. Pure; knows no object.

/** `message`: what is behind a state other than Active, and what to do. */
export interface State {
  readonly code: StateCode
  readonly message?: string
}

/** Part of the interface, like the codes of problems: never rename one. */
export const STATE_CODES = [
  'Active',
  'ByHand',
  'LeftOver',
  'Invalid',
  'ExpiredCopying',
  'Expired',
  'Owned',
  'NotInjected',
  'BaselineCopying',
  'Drifted',
  'NoRoot',
  'RootConflict',
  'TargetMissing',
  'TargetNotReady',
  'Forbidden',
  'Unknown',
  /** Seen while watching: it was there before. */
  'Ended'
] as const

export type StateCode = (typeof STATE_CODES)[number]

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

// What implementations of the Gateway API say of an HTTPRoute, in its status. Pure.
import type { StoredVirtualService } from './virtual-services.ts'

export interface Answer {
  readonly controller: string
  /** `Gateway web` */
  readonly parent: string
  /** It is about the route as it is now. */
  readonly isCurrent: boolean
  /** Why it does not serve the route as it is written. */
  readonly refusal?: string
}

/** One for each parent and implementation. */
export function readAnswers({ status, metadata }: StoredVirtualService): Answer[] {
  const { parents } = (status ?? {}) as { readonly parents?: readonly ParentStatus[] | null } // as the API has it
  return (parents ?? []).map(({ controllerName, parentRef, conditions }) => {
    const resolved = conditions?.find(({ type }) => type === 'ResolvedRefs')
    const refusals = (conditions ?? []).filter(({ type, status: is }) => is === (BAD[type] ?? ''))
    const said = refusals.map(({ type, status: is, reason, message }) => `${type} is ${is} (${reason}): ${message}`)
    return {
      controller: controllerName,
      parent: `${parentRef.kind ?? 'Gateway'} ${parentRef.name}`,
      isCurrent: (resolved?.observedGeneration ?? 0) >= Number(metadata.generation ?? 0),
      ...(said.length > 0 && { refusal: said.join('; ') })
    }
  })
}

/** No controller has reported, or not on the route as it is now. */
export function isPending(answers: readonly Answer[]): boolean {
  return answers.length === 0 || answers.some(({ isCurrent }) => !isCurrent)
}

const BAD: Readonly<Record<string, string>> = { Accepted: 'False', ResolvedRefs: 'False', PartiallyInvalid: 'True' }

interface ParentStatus {
  readonly controllerName: string
  readonly parentRef: { readonly kind?: string; readonly name: string }
  readonly conditions?:
    | readonly {
        readonly type: string
        readonly status: string
        readonly reason?: string
        readonly message?: string
        readonly observedGeneration?: number
      }[]
    | null
}

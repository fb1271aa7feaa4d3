// The DestinationRules that limit rendered mirrors, printed beside their VirtualServices. Knows the DestinationRules of the manifests
// alone, not those of a cluster.
import type { Intent } from '../../mirror/annotations.ts'
import type { Edit } from '../../mirror/edit.ts'
import { ownerInName } from '../../mirror/limit-rule.ts'
import { LIMIT_LABEL, type DestinationRule } from '../../mirror/mesh-objects.ts'
import type { Plan } from '../../mirror/plan.ts'
import { planLimits } from '../../mirror/plan-limits.ts'
import type { Fields } from '../io/yaml-print.ts'
import { yamlOf } from '../io/output.ts'
import { isDestinationRule } from '../../mirror/shape.ts'
import { readDocument } from './manifest/document.ts'
import { asStored } from './manifest/stored.ts'
import type { Chunk } from './manifest/stream.ts'

type RenderedDocument = Pick<Chunk, 'text' | 'isJson'>

/** Of a limited mirror, no more than its rules need: all are kept to the end, and a parsed document would be large. */
interface Planned {
  readonly intent: Pick<Intent, 'limit'>
  readonly plan: Pick<Plan, 'targets'>
  readonly name: string
  readonly namespace: string
  /** Index of its document. */
  readonly document: number
  /** Begins its problems. */
  readonly place: string
}

interface WithLimits {
  readonly documents: RenderedDocument[]
  /** With their places. */
  readonly problems: readonly string[]
}

export class RenderedLimits {
  readonly #documents: (RenderedDocument & { readonly document: number })[] = []
  readonly #planned: Planned[] = []
  readonly #names = new Set<string | undefined>()
  #isAsked = false

  /** `document`: its index, if it is printed. */
  read({ text, isJson }: Chunk, document: number): void {
    if (text.includes(KIND)) this.#documents.push({ text, isJson, document })
  }

  plan({ base, intent, plan, problems }: Edit, document: number, place: () => string): void {
    const { name, namespace = '' } = base.metadata
    this.#names.add(name)
    const limit = intent?.limit
    if (limit === undefined) return
    this.#isAsked = true
    if (problems.length > 0 || !plan) return
    const { targets } = plan
    this.#planned.push({ intent: { limit }, plan: { targets }, name: name ?? '', namespace, document, place: place() })
  }

  /** Those that an earlier rendering printed are printed anew. */
  addTo(documents: RenderedDocument[]): WithLimits {
    const isThere = this.#documents.some(({ text }) => text.includes(LIMIT_LABEL))
    if (!this.#isAsked && !isThere) return { documents, problems: [] }
    const found = this.#documents.flatMap(({ text, isJson, document }) => {
      const objects = readObjects(text, isJson)
      const rules = objects.map(asStored).filter((object) => isDestinationRule(object))
      return rules.map((rule) => ({ rule, document, isAlone: objects.length === 1 }))
    })
    const isOurs = ({ metadata: { name, labels, ownerReferences } }: DestinationRule) =>
      labels?.[LIMIT_LABEL] !== undefined && !ownerReferences?.length && this.#names.has(ownerInName(name))
    const replaced = new Set(found.flatMap((one) => (one.isAlone && isOurs(one.rule) ? [one.document] : [])))
    const theirs = found.filter(({ document }) => !replaced.has(document)).map(({ rule }) => rule)
    const added = new Map<number, RenderedDocument[]>()
    const problems: string[] = []
    for (const planned of this.#planned) {
      const { document, place } = planned
      const { rules, problems: refused } = planWithin(theirs, planned)
      problems.push(...refused.map(({ message }) => `${place}${message}`))
      const isJson = documents[document]?.isJson === true
      const printed = rules.map((rule) => ({
        text: isJson ? `${JSON.stringify(rule, null, 2)}\n` : `---\n${yamlOf(rule)}`,
        isJson
      }))
      added.set(document, [...(added.get(document) ?? []), ...printed])
    }
    const isKept = (index: number) => !replaced.has(index)
    return {
      documents: documents.flatMap((one, index) => [...(isKept(index) ? [one] : []), ...(added.get(index) ?? [])]),
      problems
    }
  }
}

const KIND = 'DestinationRule'

/** What cannot be read is the user's, and stays. */
function readObjects(text: string, isJson: boolean): Fields[] {
  try {
    return readDocument(text, isJson).objects.map(({ object }) => object)
  } catch {
    return []
  }
}

function planWithin(rules: readonly DestinationRule[], planned: Planned): ReturnType<typeof planLimits> {
  const { name, namespace } = planned
  // An object without a namespace gets the same one as its neighbour when both are applied.
  const placed = rules.map((rule) => ({
    ...rule,
    metadata: { ...rule.metadata, namespace: rule.metadata.namespace ?? namespace }
  }))
  return planLimits(planned, { name, namespace }, {}, { rules: placed, services: () => [] })
}

// The DestinationRules that limit rendered mirrors, printed beside their VirtualServices. Knows the DestinationRules of the manifests
// alone, not those of a cluster.
import type { Edit } from '../../mirror/edit.ts'
import { ownerInName } from '../../mirror/limit-rule.ts'
import { LIMIT_LABEL, type DestinationRule } from '../../mirror/mesh-objects.ts'
import { planLimits } from '../../mirror/plan-limits.ts'
import type { Fields } from '../io/yaml-print.ts'
import { yamlOf } from '../io/output.ts'
import { isDestinationRule } from '../../mirror/shape.ts'
import { readDocument } from './manifest/document.ts'
import { asStored } from './manifest/stored.ts'
import type { Chunk } from './manifest/stream.ts'

type RenderedDocument = Pick<Chunk, 'text' | 'isJson'>

interface Planned {
  readonly edited: Edit
  /** Index of its document. */
  readonly document: number
  readonly refuse: (sentence: string) => void
}

export class RenderedLimits {
  readonly #documents: (RenderedDocument & { readonly document: number })[] = []
  readonly #planned: Planned[] = []

  /** `document`: its index, if it is printed. */
  read({ text, isJson }: Chunk, document: number): void {
    if (text.includes(KIND)) this.#documents.push({ text, isJson, document })
  }

  plan(edited: Edit, document: number, refuse: Planned['refuse']): void {
    this.#planned.push({ edited, document, refuse })
  }

  /** Those that an earlier rendering printed are printed anew. */
  addTo(documents: readonly RenderedDocument[]): RenderedDocument[] {
    const isAsked = this.#planned.some(({ edited }) => edited.intent?.limit !== undefined)
    const isThere = this.#documents.some(({ text }) => text.includes(LIMIT_LABEL))
    if (!isAsked && !isThere) return [...documents]
    const found = this.#documents.flatMap(({ text, isJson, document }) => {
      const objects = readObjects(text, isJson)
      const rules = objects.map(asStored).filter((object) => isDestinationRule(object))
      return rules.map((rule) => ({ rule, document, isAlone: objects.length === 1 }))
    })
    const owners = new Set(this.#planned.map(({ edited }) => edited.base.metadata.name))
    const isOurs = ({ metadata: { name, labels, ownerReferences } }: DestinationRule) =>
      labels?.[LIMIT_LABEL] !== undefined && !ownerReferences?.length && owners.has(ownerInName(name))
    const replaced = new Set(found.flatMap((one) => (one.isAlone && isOurs(one.rule) ? [one.document] : [])))
    const theirs = found.filter(({ document }) => !replaced.has(document)).map(({ rule }) => rule)
    const added = new Map<number, RenderedDocument[]>()
    for (const { edited, document, refuse } of this.#planned) {
      if (edited.problems.length > 0) continue
      const { rules, problems } = planned(edited, theirs)
      for (const { message } of problems) refuse(message)
      const isJson = documents[document]?.isJson === true
      const printed = rules.map((rule) => ({
        text: isJson ? `${JSON.stringify(rule, null, 2)}\n` : `---\n${yamlOf(rule)}`,
        isJson
      }))
      added.set(document, [...(added.get(document) ?? []), ...printed])
    }
    return documents.flatMap((one, index) => [...(replaced.has(index) ? [] : [one]), ...(added.get(index) ?? [])])
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

function planned(edited: Edit, rules: readonly DestinationRule[]): ReturnType<typeof planLimits> {
  const { name = '', namespace = '' } = edited.base.metadata
  // An object without a namespace gets the same one as its neighbour when both are applied.
  const placed = rules.map((rule) => ({
    ...rule,
    metadata: { ...rule.metadata, namespace: rule.metadata.namespace ?? namespace }
  }))
  return planLimits(edited, { name, namespace }, {}, { rules: placed, services: () => [] })
}

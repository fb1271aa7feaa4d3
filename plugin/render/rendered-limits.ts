// The DestinationRules that limit rendered mirrors, printed beside their VirtualServices. Knows the DestinationRules of the manifests
// alone, not those of a cluster.
import type { Intent } from '../../mirror/annotations.ts'
import type { Edit } from '../../mirror/edit.ts'
import { fullHost } from '../../mirror/host.ts'
import { createHostIndex } from '../../mirror/host-index.ts'
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

interface KeptDocument extends RenderedDocument {
  readonly document: number
  readonly place: (() => string) | undefined
}

interface WithLimits {
  readonly documents: RenderedDocument[]
  /** With their places. */
  readonly problems: readonly string[]
}

export class RenderedLimits {
  readonly #documents: KeptDocument[] = []
  readonly #planned: Planned[] = []
  readonly #names = new Set<string | undefined>()
  #isAsked = false

  /** `document`: its index, if it is printed. `place`: its own; undefined if it is read anyway. */
  read({ text, isJson }: Chunk, document: number, place: (() => string) | undefined): void {
    if (text.includes(KIND)) this.#documents.push({ text, isJson, document, place })
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

  /** Those that an earlier rendering printed are printed anew. `mayRead` is asked before a document is read that was not. */
  addTo(documents: RenderedDocument[], mayRead: (text: string, place: () => string) => boolean): WithLimits {
    const isThere = this.#documents.some(({ text }) => text.includes(LIMIT_LABEL))
    if (!this.#isAsked && !isThere) return { documents, problems: [] }
    // Counted before any is read: what is read is kept.
    const read = this.#planned.length > 0 ? this.#documents : this.#documents.filter(({ place }) => !place)
    if (!read.every(({ text, place }) => !place || mayRead(text, place))) return { documents, problems: [] }
    const known = new KnownRules(this.#planned)
    const replaced = new Set<number>()
    for (const { text, isJson, document } of read) {
      const objects = readObjects(text, isJson)
      const rules = objects.map(asStored).filter((object) => isDestinationRule(object))
      if (objects.length === 1 && rules.some((rule) => this.#isOurs(rule))) replaced.add(document)
      else for (const rule of rules) known.add(rule)
    }
    let left = MOST_COMPARED
    const first = this.#planned.find((planned) => (left -= known.count(planned)) < 0)
    if (first) return { documents, problems: [`${first.place}${TOO_MANY}`] }
    const added = new Map<number, RenderedDocument[]>()
    const problems: string[] = []
    for (const planned of this.#planned) {
      const { name, namespace, document, place } = planned
      const rules = known.of(planned)
      const made = planLimits(planned, { name, namespace }, {}, { rules, services: () => [] })
      problems.push(...made.problems.map(({ message }) => `${place}${message}`))
      const isJson = documents[document]?.isJson === true
      const printed = made.rules.map((rule) => ({
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

  #isOurs({ metadata: { name, labels, ownerReferences } }: DestinationRule): boolean {
    return labels?.[LIMIT_LABEL] !== undefined && !ownerReferences?.length && this.#names.has(ownerInName(name))
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

/** Fields of DestinationRules, for each limited mirror whose hosts they are for: where many have one host, each meets each. */
const MOST_COMPARED = 250_000
/** Of one DestinationRule, without its subsets: those of LimitReach (mirror/limit-obstacles.ts). */
const FIELDS = 8
const TOO_MANY = `with those before it this mirror needs more than ${MOST_COMPARED} fields of the DestinationRules for their hosts; render them in several runs`

/** The DestinationRules of the manifests that may be for a limited mirror's hosts; of others none is kept. */
class KnownRules {
  readonly #wanted: ReadonlySet<string>
  readonly #rules = createHostIndex<{ readonly at: number; readonly rule: DestinationRule }>()
  #count = 0

  constructor(planned: readonly Planned[]) {
    this.#wanted = new Set(planned.flatMap(hostsOf))
  }

  add(rule: DestinationRule): void {
    const host = fullHost(rule.spec?.host ?? '', rule.metadata.namespace ?? '')
    if (host.startsWith('*') || this.#wanted.has(host)) {
      const at = this.#count++
      this.#rules.add(host, String(at), { at, rule })
    }
  }

  /** How many fields of them a mirror is compared with. */
  count(planned: Planned): number {
    return this.#find(planned).reduce((sum, { spec }) => sum + FIELDS + (spec?.subsets?.length ?? 0), 0)
  }

  /** An object without a namespace gets the same one as its neighbour when both are applied. */
  of(planned: Planned): DestinationRule[] {
    return this.#find(planned).map(({ metadata, ...rule }) => {
      return { ...rule, metadata: { ...metadata, namespace: metadata.namespace ?? planned.namespace } }
    })
  }

  /** In the order of the manifests. */
  #find(planned: Planned): DestinationRule[] {
    const found = new Set(hostsOf(planned).flatMap((host) => this.#rules.find(host)))
    return [...found].toSorted((a, b) => a.at - b.at).map(({ rule }) => rule)
  }
}

/** Of its limited targets, in full; and as a rule without a namespace has them. */
function hostsOf({ plan, namespace }: Planned): string[] {
  const hosts = plan.targets.filter(({ limited }) => limited).map(({ host }) => fullHost(host, namespace))
  const near = hosts.flatMap((host) => {
    const [name = ''] = host.split('.', 1)
    return fullHost(name, namespace) === host ? [fullHost(name, '')] : []
  })
  return [...new Set([...hosts, ...near])]
}

// Route objects under a fault: annotated while it lasts, and what is true of each annotated one afterwards. Knows no fault.
import { connect, type Response, type Send } from '../api-requests.ts'
import { collectionIn, virtualService } from '../webhook-writes.ts'

const TO = 'kubectl-mirror.dev/to'
const UNTIL = 'kubectl-mirror.dev/until'

/** Annotations of the objects of a batch, by their names' beginning. */
const ASKED = {
  valid: { [TO]: 'v2' },
  /** Admission denies it. A write that admission does not see stores it, and its author sees no error. */
  invalid: { [TO]: 'v2', 'kubectl-mirror.dev/percent': '150' }
}
const VALID = 5

export interface Objects {
  /** Creates some that are not written again: only the webhook, or its leader, can mirror them. One of them is invalid. */
  annotate(wish?: { readonly count?: number; readonly until?: Date }): Promise<void>
  /** How many were stored since the last call. */
  takeCount(): number
  /** One sentence for each annotated object that is neither mirrored as it asks nor has an Event that says why. */
  unsettled(): Promise<string[]>
  /** One for each object whose live route is not its owner's. */
  altered(): Promise<string[]>
}

interface Stored {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: {
    readonly http: readonly { readonly route: unknown; readonly mirror?: { readonly subset?: string } }[]
  }
}

interface Event {
  readonly reason: string
  readonly involvedObject: { readonly uid: string }
}

const REASONS = new Set(['MirrorRefused', 'MirrorSuspended'])

export async function openObjects(annotated: string, others: readonly string[]): Promise<Objects> {
  const send = await connect()
  let [batch, stored] = [0, 0]
  return {
    async annotate({ count = VALID, until } = {}) {
      const name = (kind: string, index: number) => `${kind}-${batch}-${index}`
      batch++
      const valid = until === undefined ? ASKED.valid : { ...ASKED.valid, [UNTIL]: until.toISOString() }
      const objects = [
        ...Array.from({ length: count }, (_, index) => virtualService(name('valid', index), valid)),
        virtualService(name('invalid', 0), ASKED.invalid)
      ]
      const responses = await inTurns(objects, (object) => send('POST', collectionIn(annotated), object))
      stored += responses.filter(({ status }) => status === 201).length
    },
    takeCount() {
      const count = stored
      stored = 0
      return count
    },
    async unsettled() {
      const [objects, explained] = await Promise.all([list(send, annotated), explainedIn(send, annotated)])
      return objects.flatMap(({ metadata: { name, uid, annotations = {} }, spec }) => {
        if (annotations[TO] === undefined) return []
        const isOver = annotations[UNTIL] !== undefined && new Date(annotations[UNTIL]) < new Date()
        const isMirrored = spec.http.every(({ mirror }) => mirror?.subset === annotations[TO])
        return isMirrored !== isOver || explained.has(uid) ? [] : [`${name}: ${isOver ? 'still' : 'not'} mirrored`]
      })
    },
    async altered() {
      const all = await Promise.all([annotated, ...others].map((namespace) => list(send, namespace)))
      return all.flat().flatMap(({ metadata: { name }, spec: { http } }) => {
        // Each is made so: see webhook-writes.ts, and safety/shop.yaml.
        const owners = JSON.stringify([[{ destination: { host: name, subset: 'v1' } }]])
        const routes = JSON.stringify(http.map(({ route }) => route))
        return routes === owners ? [] : [`${name}: ${routes}`]
      })
    }
  }
}

async function list(send: Send, namespace: string): Promise<readonly Stored[]> {
  return itemsOf(await send('GET', collectionIn(namespace))) as readonly Stored[]
}

/** The uids of objects that an Event says something of. */
async function explainedIn(send: Send, namespace: string): Promise<Set<string>> {
  const events = itemsOf(await send('GET', `/api/v1/namespaces/${namespace}/events`)) as readonly Event[]
  return new Set(events.filter(({ reason }) => REASONS.has(reason)).map(({ involvedObject }) => involvedObject.uid))
}

function itemsOf({ status, body }: Response): readonly unknown[] {
  if (status !== 200) throw new Error(`the API server answers ${status}: ${body}`)
  return (JSON.parse(body) as { readonly items: readonly unknown[] }).items // what every list of the API is
}

const AT_ONCE = 10

async function inTurns<T, R>(all: readonly T[], act: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let from = 0; from < all.length; from += AT_ONCE)
    results.push(...(await Promise.all(all.slice(from, from + AT_ONCE).map(act))))
  return results
}

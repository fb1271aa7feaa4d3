// What a follower reports beside the lines, and its words on stderr: logs that begin and end, connections that break, lines
// that may be missing.
import { formatSelector } from '../resources/pods.ts'
import { colourOf, labelOf, type Selection, type Origin } from './origin.ts'
import type { TailEvent } from './tail.ts'
import { paint } from '../io/colour.ts'
import { isDeadConnection } from '../io/errors.ts'
import { plural } from '../io/format.ts'

export type Notice =
  | { readonly type: 'opened' | 'closed'; readonly origin: Origin }
  | { readonly type: 'tail'; readonly origin: Origin; readonly event: TailEvent }
  /** Watching a version's pods; without a source, the VirtualService. */
  | { readonly type: 'watch'; readonly source?: Selection; readonly error: Error }
  | { readonly type: 'watched'; readonly source?: Selection }
  /** Its pods could not be listed, and that is final. */
  | { readonly type: 'unlisted'; readonly source: Selection; readonly error: Error }
  /** This version has nothing to read. `others`: containers of its pods that were not chosen. */
  | { readonly type: 'empty'; readonly source: Selection; readonly others: readonly string[] }
  /** How many of all logs are being read. `active` equals `all` when none has to wait any more. */
  | { readonly type: 'queue'; readonly active: number; readonly all: number }

export type Notify = (notice: Notice) => void

export interface NoticeOptions {
  readonly say: (text: string) => void
  readonly isColoured: boolean
  /** Also report logs that begin and end. */
  readonly hasLifecycle: boolean
  /** The flag that limits how many logs are read at once, with its value. */
  readonly limitFlag?: string
}

const GREEN = 32
const RED = 31

export function makeNotices(options: NoticeOptions): (notice: Notice) => void {
  const outages = new Outages(options.say)
  return (notice) => {
    switch (notice.type) {
      case 'opened':
      case 'closed':
        return options.hasLifecycle ? options.say(lifecycle(notice, options.isColoured)) : undefined
      case 'queue':
        return options.say(describeQueue(notice.active, notice.all, options.limitFlag))
      case 'empty':
        return options.say(describeEmpty(notice.source, notice.others))
      case 'watch':
        return outages.failed(nameOfWatch(notice.source), notice.error)
      case 'watched':
        return outages.recovered(nameOfWatch(notice.source))
      case 'unlisted':
        return options.say(`warning: cannot read the logs of ${notice.source.version}: ${notice.error.message}`)
      case 'tail':
        return reportTail(`${notice.origin.pod} ${notice.origin.container}`, notice.event, options.say, outages)
    }
  }
}

function reportTail(name: string, event: TailEvent, say: (text: string) => void, outages: Outages): void {
  switch (event.type) {
    case 'broken':
      return outages.failed(name, event.error)
    case 'connected':
      return outages.recovered(name)
    case 'gap':
      return say(`warning: lines of ${name} may be missing: ${event.reason}`)
    case 'cut':
      return say(
        `warning: ${plural(event.bytes, 'byte was', 'bytes were')} cut off a line of ${name}, which is longer than 1 MiB`
      )
  }
}

function lifecycle({ type, origin }: Notice & { type: 'opened' | 'closed' }, isColoured: boolean): string {
  const [sign, colour] = type === 'opened' ? (['+', GREEN] as const) : (['-', RED] as const)
  const label = labelOf({ ...origin, isOneOfSeveral: true })
  return isColoured ? `${paint(colour, sign)} ${paint(colourOf(origin), label)}` : `${sign} ${label}`
}

function nameOfWatch(source: Selection | undefined): string {
  return source ? `pods of ${source.version}` : 'changes of the VirtualService'
}

function describeEmpty({ version, namespace, selector }: Selection, others: readonly string[]): string {
  const pods = `pods in ${namespace} with ${formatSelector(selector)}`
  if (others.length === 0) return `warning: ${version} has no container to read yet (${pods})`
  return `warning: ${version} has no container of the chosen name; it has ${others.join(', ')} (${pods})`
}

function describeQueue(active: number, all: number, limitFlag: string | undefined): string {
  if (active === all) return 'now reading all logs'
  const limit = limitFlag === undefined ? '' : ` (${limitFlag})`
  return `warning: reading ${active} of ${all} logs; the others wait for one of these to end${limit}`
}

const WORTH_REPORTING = 3

/**
 * Most failures pass with the next try, and one API server that stops breaks every connection: a reason is reported once,
 * after three failures in a row, and so is the recovery. A connection that is found dead has been silent for more than a minute.
 */
export class Outages {
  readonly #say: (text: string) => void
  /** Name -> failures in a row. */
  readonly #failures = new Map<string, number>()
  /** Reason -> the name it was reported with. */
  readonly #reported = new Map<string, string>()

  constructor(say: (text: string) => void) {
    this.#say = say
  }

  failed(name: string, error: Error): void {
    const failures = (this.#failures.get(name) ?? 0) + 1
    this.#failures.set(name, failures)
    const isPassing = failures < WORTH_REPORTING && !isDeadConnection(error)
    if (isPassing || this.#reported.has(error.message)) return
    this.#reported.set(error.message, name)
    this.#say(`warning: ${name}: ${error.message}; trying again`)
  }

  recovered(name: string): void {
    if (!this.#failures.delete(name)) return
    let wasReported = false
    for (const [reason, first] of this.#reported) if (first === name) wasReported = this.#reported.delete(reason)
    if (wasReported) this.#say(`${name}: recovered`)
  }
}

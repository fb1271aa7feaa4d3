// What is said beside the lines, on stderr: logs that begin and end, connections that break, lines that may be missing.
import { formatSelector } from '../pods.ts'
import type { Notice } from './notice.ts'
import type { Source } from './sources.ts'
import type { TailEvent } from './tail.ts'
import { colourOf, labelOf, paint } from './origin.ts'

export interface NoticeOptions {
  readonly say: (text: string) => void
  readonly isColoured: boolean
  /** Without: only what went wrong. */
  readonly hasLifecycle: boolean
  /** How many logs may be read at once. */
  readonly limit: number
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
        return options.say(describeQueue(notice.active, notice.all, options.limit))
      case 'empty':
        return options.say(describeEmpty(notice.source))
      case 'watch':
        return outages.broke(`pods of ${notice.source.version}`, notice.error)
      case 'watched':
        return outages.healed(`pods of ${notice.source.version}`)
      case 'tail':
        return tellOfTail(`${notice.origin.pod} ${notice.origin.container}`, notice.event, options.say, outages)
    }
  }
}

function tellOfTail(name: string, event: TailEvent, say: (text: string) => void, outages: Outages): void {
  switch (event.type) {
    case 'broken':
      return outages.broke(name, event.error)
    case 'answered':
      return outages.healed(name)
    case 'gap':
      return say(`warning: lines of ${name} may be missing: ${event.reason}`)
    case 'cut':
      return say(`warning: ${event.bytes} bytes were cut off a line of ${name}, which is longer than 1 MiB`)
  }
}

function lifecycle({ type, origin }: Notice & { type: 'opened' | 'closed' }, isColoured: boolean): string {
  const [sign, colour] = type === 'opened' ? (['+', GREEN] as const) : (['-', RED] as const)
  const label = labelOf({ ...origin, isOneOfSeveral: true })
  return isColoured ? `${paint(colour, sign)} ${paint(colourOf(origin), label)}` : `${sign} ${label}`
}

function describeEmpty({ version, namespace, selector }: Source): string {
  return `warning: ${version} has no container to read now: pods in ${namespace} with ${formatSelector(selector)}`
}

function describeQueue(active: number, all: number, limit: number): string {
  if (active === all) return 'every log is read now'
  return `warning: ${active} of ${all} logs are read; the others wait for their turn: --max-log-requests=${limit}`
}

/** Most breaks heal with the next try, and one API server that stops breaks every connection: only what lasts is said. */
class Outages {
  readonly #say: (text: string) => void
  /** Name -> breaks one after the other. */
  readonly #breaks = new Map<string, number>()
  /** Reason -> the name with which it was said. */
  readonly #said = new Map<string, string>()

  constructor(say: (text: string) => void) {
    this.#say = say
  }

  broke(name: string, error: Error): void {
    const breaks = (this.#breaks.get(name) ?? 0) + 1
    this.#breaks.set(name, breaks)
    if (breaks < WORTH_SAYING || this.#said.has(error.message)) return
    this.#said.set(error.message, name)
    this.#say(`warning: ${name}: ${error.message}; trying again`)
  }

  healed(name: string): void {
    if (!this.#breaks.delete(name)) return
    let wasSaid = false
    for (const [reason, said] of this.#said) if (said === name) wasSaid = this.#said.delete(reason)
    if (wasSaid) this.#say(`${name}: goes on`)
  }
}

const WORTH_SAYING = 3

// What is said beside the lines, on stderr: logs that begin and end, connections that break, lines that may be missing.
import { formatSelector } from '../resources/pods.ts'
import type { Notice } from './notice.ts'
import type { Selection } from './selections.ts'
import type { TailEvent } from './tail.ts'
import { Outages } from './outages.ts'
import { colourOf, labelOf, paint } from './origin.ts'
import { plural } from '../io/plural.ts'

export interface NoticeOptions {
  readonly say: (text: string) => void
  readonly isColoured: boolean
  /** Without: only what went wrong. */
  readonly hasLifecycle: boolean
  /** The flag that lets more logs be read at once, with its value, if there is one. */
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
        return outages.broke(nameOfWatch(notice.source), notice.error)
      case 'watched':
        return outages.healed(nameOfWatch(notice.source))
      case 'unlisted':
        return options.say(`warning: the logs of ${notice.source.version} cannot be read: ${notice.error.message}`)
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
  if (others.length === 0) return `warning: ${version} has no container to read now: ${pods}`
  return `warning: ${version} has no container of the chosen name, only ${others.join(', ')} (${pods})`
}

function describeQueue(active: number, all: number, limitFlag: string | undefined): string {
  if (active === all) return 'every log is read now'
  const reason = limitFlag === undefined ? '' : ` (${limitFlag})`
  return `warning: ${active} of ${all} logs are read; the others wait until one of these ends${reason}`
}

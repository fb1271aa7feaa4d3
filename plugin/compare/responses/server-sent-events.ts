// A stream of server-sent events (WHATWG HTML, 9.2.6) as a tree: one object an event, its data as JSON where it is that.
import { parseJson } from './json.ts'

interface Event {
  event?: string
  id?: string
  data?: unknown
}

/** Lines end as the standard says: U+2028 and its like are text. Comments are keep-alives, and ignored. An event cut off by the end of the stream is kept. */
export function parseEvents(text: string): Event[] {
  const blocks = text.replace(/^\uFEFF/, '').split(/(?:\r\n|\r|\n){2,}/)
  return blocks.map(parseEvent).filter((event) => Object.keys(event).length > 0)
}

function parseEvent(block: string): Event {
  const event: Event = {}
  const data: string[] = []
  for (const line of block.split(/\r\n|\r|\n/)) {
    const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (name === 'data') data.push(value)
    else if (name === 'event' || name === 'id') event[name] = value
  }
  if (data.length > 0) event.data = parseJson(data.join('\n')) ?? data.join('\n')
  return event
}

// One line of an application's log, in the common or combined format (gunicorn, nginx, Apache) -> one RequestRecord.
import type { ReadLine } from './access-log.ts'

/** These formats show neither id nor latency. A line in another format may be anything the application logs. */
export function applicationLog(): ReadLine {
  return (line, { workload, pod, at }) => {
    // The client chooses its user name and agent: one of them contains a second request.
    if (line.match(REQUESTS)?.[1] !== undefined) return 'unread'
    const { start = '', method = '', path = '', status, bytes } = COMMON.exec(line)?.groups ?? {}
    if (status === undefined) return undefined
    const time = Date.parse(commonTime(start))
    return {
      workload,
      pod,
      at: Number.isNaN(time) ? at : time,
      method,
      path,
      status: Number(status),
      ...(bytes !== '-' && { bytes: Number(bytes) }),
      line
    }
  }
}

const REQUESTS = /\[[^\]]+:\d\d [^\]]+\] "[A-Z]+ \S+(?: HTTP\/[\d.]+)?" \d{3} /g
const COMMON =
  /^\S+ \S+ [^[\]"]*\[(?<start>[^\]]+)\] "(?<method>[A-Z]+) (?<path>\S+)(?: HTTP\/[\d.]+)?" (?<status>\d{3}) (?<bytes>\d+|-)(?: |$)/

/** `10/Oct/2026:13:55:36 +0000`, which Date cannot parse. */
function commonTime(text: string): string {
  const [, day, month, year, time, zone] = /^(\d+)\/(\w+)\/(\d+):(\S+) ?(\S*)$/.exec(text) ?? []
  return `${day} ${month} ${year} ${time} ${zone}`
}

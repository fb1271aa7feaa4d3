// Log lines of requests on stderr, as kubectl's -v has them. Knows no request.
import { UserError } from '../io/errors.ts'
import type { Io } from '../io/io.ts'

export type Klog = (level: number, text: string) => void

export function makeKlog(verbosity: string | undefined, { stderr, now }: Pick<Io, 'stderr' | 'now'>): Klog {
  const most = parseVerbosity(verbosity)
  return (level, text) => {
    if (level <= most) stderr.write(`I${stamp(now())} ${String(process.pid).padStart(7)} transport.ts] ${text}\n`)
  }
}

/** `MMdd hh:mm:ss.uuuuuu`, in local time. */
function stamp(now: Date): string {
  const two = (number: number) => String(number).padStart(2, '0')
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(':')
  return `${two(now.getMonth() + 1)}${two(now.getDate())} ${time}.${String(now.getMilliseconds()).padStart(3, '0')}000`
}

function parseVerbosity(text = '0'): number {
  if (/^-?\d+$/.test(text)) return Number(text)
  const why = `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`
  throw new UserError(`invalid argument ${JSON.stringify(text)} for "-v, --v" flag: ${why}`)
}

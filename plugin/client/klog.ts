// What -v shows, line by line in klog's format, as kubectl's own lines are.
import { UserError } from '../io/errors.ts'
import type { Io } from '../io/io.ts'

export class Klog {
  readonly #verbosity: number
  readonly #io: Pick<Io, 'stderr' | 'now'>

  constructor(verbosity: string | undefined, io: Pick<Io, 'stderr' | 'now'>) {
    this.#verbosity = parseVerbosity(verbosity)
    this.#io = io
  }

  info(level: number, text: string): void {
    if (this.#verbosity < level) return
    this.#io.stderr.write(`I${stamp(this.#io.now())} ${String(process.pid).padStart(7)} transport.ts] ${text}\n`)
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

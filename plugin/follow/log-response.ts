// Reads the lines of one response to a log request: which are new, whether they continue the last one, which are errors of
// the kubelet.
import type { Readable } from 'node:stream'
import { isStamped, type Line, type StampedLine } from './line.ts'
import { LineSplitter } from './line-splitter.ts'
import type { Seen } from './seen.ts'

export interface ResponseOptions {
  readonly seen: Seen
  /** The response should repeat the last line already read; otherwise lines between the two are missing. */
  readonly joins: boolean
  /** The log has ended, or will not be read again: an unfinished line counts as a line. */
  readonly isFinal: boolean
  /** Called before the first new line of a response that does not join; fetches the lines between, if it can. */
  readonly bridge: () => Promise<void>
  /** Returns a promise if the reader should wait. */
  readonly write: (lines: readonly StampedLine[]) => Promise<void> | undefined
  readonly cut: (bytes: number) => void
}

/** The kubelet sends status 200 before it opens the log; if it cannot, this line is the whole response. */
const KUBELET_ERROR = /^(failed to |unable to retrieve container logs for |rpc error: )/

/** Resolves with the kubelet's error, if that came instead of lines; rejects if the connection breaks. */
export async function readResponse(response: Readable, options: ResponseOptions): Promise<string | undefined> {
  const splitter = new LineSplitter()
  const reader = new ResponseReader(options)
  const reportCut = () => {
    const bytes = splitter.takeCut()
    if (bytes > 0) options.cut(bytes)
  }
  await forEachChunk(response, (chunk) => {
    const wait = reader.take(splitter.split(chunk))
    reportCut()
    return wait
  })
  const last = options.isFinal ? splitter.flush() : undefined
  reportCut()
  if (last) await reader.take([last])
  return reader.kubeletError
}

/** Not `for await`: its turns of the event loop add much to the delay of a single line. */
async function forEachChunk(stream: Readable, take: (chunk: Buffer) => Promise<void> | undefined): Promise<void> {
  const over = Promise.withResolvers<void>()
  const fail = (error: unknown) => {
    over.reject(error)
    stream.destroy()
  }
  const wait = async (room: Promise<void>) => {
    stream.pause()
    try {
      await room
      stream.resume()
    } catch (error) {
      fail(error)
    }
  }
  stream
    .on('data', (chunk: Buffer) => {
      const room = take(chunk)
      if (room) void wait(room)
    })
    .once('end', over.resolve)
    .once('error', fail)
    .once('close', () => fail(new Error('the connection was closed')))
  await over.promise
}

class ResponseReader {
  readonly #options: ResponseOptions
  #joins: boolean
  #last: StampedLine | undefined
  kubeletError: string | undefined

  constructor(options: ResponseOptions) {
    this.#options = options
    this.#joins = options.joins
  }

  take(lines: readonly Line[], from = 0): Promise<void> | undefined {
    const { seen, write } = this.#options
    const fresh: StampedLine[] = []
    for (let at = from; at < lines.length; at++) {
      const line = lines[at]!
      if (isStamped(line)) {
        if (this.#joins && !seen.isKnown(line) && !seen.isUnwanted(line)) {
          this.#joins = false
          if (!seen.isContinuous) return this.#bridge(fresh, lines, at)
        }
        this.#last = line
        if (seen.take(line)) fresh.push(line)
      } else {
        const stamped = this.#stamp(line)
        if (stamped) fresh.push(stamped)
      }
    }
    return fresh.length > 0 ? write(fresh) : undefined
  }

  /** Lines between come before the first line that does not join. */
  async #bridge(before: readonly StampedLine[], lines: readonly Line[], at: number): Promise<void> {
    await this.#options.write(before)
    await this.#options.bridge()
    await this.take(lines, at)
  }

  /** A line without a timestamp gets that of the line before it, so that it stays after it. */
  #stamp(line: Line): StampedLine | undefined {
    const text = line.bytes.toString('utf8', line.start, Math.min(line.end, line.start + 500))
    if (KUBELET_ERROR.test(text)) {
      this.kubeletError = text
      return undefined
    }
    const { seen } = this.#options
    if (this.#last) return { ...line, seconds: this.#last.seconds, nanos: this.#last.nanos }
    // The end of a long line that began before the requested time: already read, or not wanted.
    return seen.since === undefined ? { ...line, seconds: 0 } : undefined
  }
}

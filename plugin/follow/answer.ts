// Takes the lines of one answer to a log request: which are new, whether they join those of the last, what is no line.
import type { Readable } from 'node:stream'
import { isStamped, type Line, type StampedLine } from './line.ts'
import { LineSplitter } from './line-splitter.ts'
import type { Seen } from './seen.ts'

export interface AnswerOptions {
  readonly seen: Seen
  /** The last line that was had should be repeated, or something lies between. */
  readonly joins: boolean
  /** Nothing more will be written to this log, or asked of it: then half a line is a line too. */
  readonly isFinal: boolean
  /** Called before the first new line of an answer that does not join; fetches what lies between, if it can. */
  readonly bridge: () => Promise<void>
  /** The promise is a wish to get no more for now. */
  readonly write: (lines: readonly StampedLine[]) => Promise<void> | undefined
  readonly cut: (bytes: number) => void
}

/** The kubelet answers 200 before it looks for the log; if it finds none, this is all that comes. */
const KUBELET_SAYS = /^(failed to |unable to retrieve container logs for |rpc error: )/

/** Resolves with what the kubelet said in the place of lines, if it did; rejects if the answer breaks off. */
export async function readAnswer(answer: Readable, options: AnswerOptions): Promise<string | undefined> {
  const splitter = new LineSplitter()
  const reader = new AnswerReader(options)
  const tellCut = () => {
    const bytes = splitter.takeCut()
    if (bytes > 0) options.cut(bytes)
  }
  await forEachChunk(answer, (chunk) => {
    const wait = reader.take(splitter.split(chunk))
    tellCut()
    return wait
  })
  const last = options.isFinal ? splitter.flush() : undefined
  tellCut()
  if (last) await reader.take([last])
  return reader.refusal
}

/** Not `for await`, whose turns of the event loop are a good part of the delay of a single line. */
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

class AnswerReader {
  readonly #options: AnswerOptions
  #joins: boolean
  #last: StampedLine | undefined
  #refusal: string | undefined

  constructor(options: AnswerOptions) {
    this.#options = options
    this.#joins = options.joins
  }

  get refusal(): string | undefined {
    return this.#refusal
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

  /** What lies between comes before the first line that does not join. */
  async #bridge(before: readonly StampedLine[], lines: readonly Line[], at: number): Promise<void> {
    await this.#options.write(before)
    await this.#options.bridge()
    await this.take(lines, at)
  }

  /** A line without a timestamp gets that of the line before it, so that it stays behind it. */
  #stamp(line: Line): StampedLine | undefined {
    const text = line.bytes.toString('utf8', line.start, Math.min(line.end, line.start + 500))
    if (KUBELET_SAYS.test(text)) {
      this.#refusal = text
      return undefined
    }
    const { seen } = this.#options
    if (this.#last) return { ...line, seconds: this.#last.seconds, nanos: this.#last.nanos }
    // The end of a long line whose beginning is older than what was asked for: had before, or not wanted.
    return seen.since === undefined ? { ...line, seconds: 0 } : undefined
  }
}

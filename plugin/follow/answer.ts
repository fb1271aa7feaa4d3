// Takes the lines of one answer to a log request: which are new, whether they join those of the last, what is no line.
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

/** Resolves with what the kubelet said in the place of lines, if it did; throws if the answer breaks off. */
export async function readAnswer(answer: AsyncIterable<Buffer>, options: AnswerOptions): Promise<string | undefined> {
  const splitter = new LineSplitter()
  const reader = new AnswerReader(options)
  for await (const chunk of answer) {
    await reader.take(splitter.split(chunk))
    const bytes = splitter.takeCut()
    if (bytes > 0) options.cut(bytes)
  }
  const last = options.isFinal ? splitter.flush() : undefined
  if (last) await reader.take([last])
  return reader.refusal
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

  async take(lines: readonly Line[]): Promise<void> {
    const { seen, write } = this.#options
    let fresh: StampedLine[] = []
    for (const line of lines) {
      const stamped = isStamped(line) ? line : this.#stamp(line)
      if (stamped === undefined) continue
      if (stamped === line) {
        if (this.#joins && !seen.isKnown(stamped)) {
          this.#joins = false
          if (!seen.isContinuous) {
            // What lies between comes first. Before it, at most lines that were known.
            await write(fresh)
            fresh = []
            await this.#options.bridge()
          }
        }
        this.#last = stamped
        if (!seen.take(stamped)) continue
      }
      fresh.push(stamped)
    }
    if (fresh.length > 0) await write(fresh)
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

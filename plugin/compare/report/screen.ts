// Paints a text over the previous one on a terminal, and prints messages beside it. Knows neither's content.
import wrapAnsi from 'wrap-ansi'
import type { Io, Output } from '../../io/io.ts'

/** Synchronized output: the terminal shows the new text at once, without flicker. Others ignore these codes. */
const BEGIN = '\u001B[?2026h'
const END = '\u001B[?2026l'

/** A default, for terminals that report 0 x 0, as over some serial lines and in containers. */
export function sizeOf({ columns, rows }: Pick<Output, 'columns' | 'rows'>): { columns: number; rows: number } {
  return { columns: columns || 120, rows: rows || 40 }
}

export class Screen {
  readonly #output: Output
  readonly #errors: Output
  /** The lines that the next text is painted over. */
  #painted: readonly string[] = []

  constructor({ stdout, stderr }: Pick<Io, 'stdout' | 'stderr'>) {
    this.#output = stdout
    this.#errors = stderr
  }

  /** `whole`: the last text, which stays, and may be longer than the screen. */
  paint(text: string, whole: boolean): void {
    const { columns, rows } = sizeOf(this.#output)
    const lines = wrapAnsi(text, columns, { hard: true, trim: false }).split('\n')
    // Lines that have scrolled off the top cannot be painted over.
    const shown = whole ? lines : lines.slice(0, rows - 1)
    this.#output.write(`${BEGIN}${this.#erasure()}${shown.join('\n')}\n${END}`)
    this.#painted = whole ? [] : shown
  }

  /** A line on stderr. If that is the same terminal, the painted text is drawn again below it. */
  say(text: string): void {
    const makesRoom = this.#painted.length > 0 && this.#errors.isTTY === true
    if (makesRoom) this.#output.write(this.#erasure())
    this.#errors.write(`${text}\n`)
    if (makesRoom) this.#output.write(`${this.#painted.join('\n')}\n`)
  }

  #erasure(): string {
    const up = this.#painted.length === 0 ? '' : `\u001B[${this.#painted.length}A`
    return `${up}\r\u001B[J`
  }
}

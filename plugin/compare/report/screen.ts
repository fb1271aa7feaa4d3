// Paints a text over the one painted before, on a terminal, and says things beside it. Knows nothing of what either says.
import wrapAnsi from 'wrap-ansi'
import type { Io, Output } from '../../io/io.ts'

/** Between these a terminal shows nothing, so that nothing flickers; those that do not know them ignore them. */
const BEGIN = '\u001B[?2026h'
const END = '\u001B[?2026l'

/** One that does not know its own size (0 x 0, as over some serial lines and in containers) is taken for a usual one. */
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

  /** `whole`: the last one, which may be longer than the screen, and stays. */
  paint(text: string, whole: boolean): void {
    const { columns, rows } = sizeOf(this.#output)
    const lines = wrapAnsi(text, columns, { hard: true, trim: false }).split('\n')
    // What has left the screen at its top cannot be painted over.
    const shown = whole ? lines : lines.slice(0, rows - 1)
    this.#output.write(`${BEGIN}${this.#erasure()}${shown.join('\n')}\n${END}`)
    this.#painted = whole ? [] : shown
  }

  /** A line on stderr. Where that is the same terminal, the painted text makes room for it and comes back below. */
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

// Shows the versions side by side on a wide terminal: live on the left, mirror on the right.
import { paint } from '../io/colour.ts'
import stringWidth from 'string-width'
import { stripControls } from '../io/sanitize.ts'
import { colourOf, type Origin } from '../follow/origin.ts'

export interface SplitOptions {
  readonly write: (text: string) => void
  /** Called after writing. */
  readonly shown: () => void
  /** Now: a terminal can change its size. */
  readonly columns: () => number
  readonly isColoured: boolean
  readonly highlight?: (text: string) => string
  /** Runs the act later; returns how to cancel it. */
  readonly later: (milliseconds: number, act: () => void) => () => void
}

export const LEAST_COLUMNS = 120
/** Lines within this many milliseconds share a row: usually a request and its copy. */
const TOGETHER = 150
const BETWEEN = ' │ '
const LEAST_CELL = 20
/** For the rows after a line's first. */
const INDENT = '  '
const TAB = '    '

export class SplitView {
  readonly #options: SplitOptions
  readonly #waiting: Record<Side, Cell[]> = { left: [], right: [] }
  #cancel: (() => void) | undefined
  #hasHead = false

  constructor(options: SplitOptions) {
    this.#options = options
  }

  add(origin: Origin, text: string): void {
    this.#waiting[origin.role === 'mirror' ? 'right' : 'left'].push({ origin, text })
    this.#cancel ??= this.#options.later(TOGETHER, () => this.finish())
  }

  /** Shows the waiting lines. */
  finish(): void {
    this.#cancel?.()
    this.#cancel = undefined
    const { left, right } = this.#waiting
    if (left.length + right.length === 0) return
    if (!this.#hasHead) this.#showHead()
    for (let at = 0; at < Math.max(left.length, right.length); at++) this.#show(left[at], right[at])
    left.length = 0
    right.length = 0
    this.#options.shown()
  }

  get #cellWidth(): number {
    return Math.max(LEAST_CELL, Math.floor((this.#options.columns() - BETWEEN.length) / 2))
  }

  #showHead(): void {
    this.#hasHead = true
    const width = this.#cellWidth
    this.#options.write(`${pad('live', width)}${BETWEEN}mirror\n${'─'.repeat(width)}─┼─${'─'.repeat(width)}\n`)
  }

  #show(left: Cell | undefined, right: Cell | undefined): void {
    const width = this.#cellWidth
    const [ours, theirs] = [this.#rows(left, width), this.#rows(right, width)]
    for (let at = 0; at < Math.max(ours.length, theirs.length); at++) {
      const { text = '', width: used = 0 } = ours[at] ?? {}
      this.#options.write(`${text}${' '.repeat(width - used)}${BETWEEN}${theirs[at]?.text ?? ''}\n`)
    }
  }

  /** `v1 x7k2p`, coloured, then the line, wrapped. */
  #rows(cell: Cell | undefined, width: number): { readonly text: string; readonly width: number }[] {
    if (!cell) return []
    const { origin, text } = cell
    const pod = origin.pod.slice(origin.pod.lastIndexOf('-') + 1)
    const label = `${cut(origin.version, width - pod.length - LEAST_TEXT)} ${pod.slice(0, width - LEAST_TEXT)} `
    const { isColoured, highlight = (piece: string) => piece } = this.#options
    const pieces = wrap(stripControls(text).replaceAll('\t', TAB), width, stringWidth(label))
    return pieces.map((piece, at) => {
      const before = at === 0 ? label : INDENT
      const shown = isColoured && at === 0 ? paint(colourOf(origin), before) : before
      return { text: `${shown}${highlight(piece)}`, width: stringWidth(before) + stringWidth(piece) }
    })
  }
}

type Side = 'left' | 'right'

interface Cell {
  readonly origin: Origin
  readonly text: string
}

/** Columns left for the line, because a subset's name may be as long as the cell is wide. */
const LEAST_TEXT = 10

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, Math.max(0, most - 1))}…`
}

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Pieces that fit, the first one after a label of `labelWidth` columns. Never splits a grapheme. */
function wrap(text: string, width: number, labelWidth: number): string[] {
  const pieces: string[] = []
  let piece = ''
  let used = labelWidth
  for (const { segment } of GRAPHEMES.segment(text)) {
    const columns = stringWidth(segment)
    if (used + columns > width) {
      pieces.push(piece)
      piece = ''
      used = INDENT.length
    }
    piece += segment
    used += columns
  }
  return [...pieces, piece]
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)))
}

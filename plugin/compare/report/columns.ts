// A table for a terminal: aligned, and no wider than allowed. Knows no endpoint.
import stringWidth from 'string-width'

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => string
  readonly align: 'left' | 'right'
  /** In a table that is too wide, the column with the highest number is dropped first; 0 is never dropped. */
  readonly dispensable: number
}

/** `width`: undefined for no limit, as in a file. The first column is shortened before others are dropped. */
export function renderColumns<Row>(all: readonly Column<Row>[], rows: readonly Row[], width?: number): string[] {
  let columns = all.map((column) => ({ ...column, cells: [column.title, ...rows.map(column.cell)] }))
  const excess = (): number => (width === undefined ? 0 : totalWidth(columns) - width)
  while (excess() > 0) {
    const first = columns[0]!
    const target = Math.max(SHORTEST, widest(first.cells) - excess())
    if (target < widest(first.cells) && totalWidth(columns) - widest(first.cells) + target <= (width ?? 0)) {
      columns = [{ ...first, cells: first.cells.map((cell) => shorten(cell, target)) }, ...columns.slice(1)]
      break
    }
    const leave = columns.reduce((worst, one) => (one.dispensable > worst.dispensable ? one : worst))
    if (leave.dispensable === 0) break
    columns = columns.filter((one) => one !== leave)
  }
  const widths = columns.map(({ cells }) => widest(cells))
  return [undefined, ...rows].map((_, line) =>
    columns
      .map(({ cells, align }, index) => pad(cells[line]!, widths[index]!, align))
      .join(GAP)
      .trimEnd()
  )
}

const GAP = '   '
const SHORTEST = 16

function totalWidth(columns: readonly { readonly cells: readonly string[] }[]): number {
  return columns.reduce((sum, { cells }) => sum + widest(cells), 0) + GAP.length * (columns.length - 1)
}

function widest(cells: readonly string[]): number {
  return cells.reduce((most, cell) => Math.max(most, stringWidth(cell)), 0)
}

function pad(cell: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - stringWidth(cell)))
  return align === 'left' ? cell + blanks : blanks + cell
}

/** The end of a path says more than its middle. */
function shorten(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  const tail = Math.floor((width - 1) / 2)
  return `${text.slice(0, width - 1 - tail)}…${text.slice(-tail)}`
}

// A table as kubectl prints it: capitals on top, three blanks between the columns, nothing behind the last.

/** `widths` keeps later rows in line with those printed before. */
export function formatTable(
  header: readonly string[] | undefined,
  rows: readonly (readonly string[])[],
  widths: number[] = []
): string {
  const lines = header ? [header, ...rows] : rows
  for (const line of lines) line.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)))
  const pad = (cell: string, at: number, line: readonly string[]) =>
    at === line.length - 1 ? cell : cell.padEnd(widths[at]! + 3)
  return lines.map((line) => `${line.map(pad).join('')}\n`).join('')
}

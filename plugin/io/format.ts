// How numbers, ages and tables are written. Pure.
import { formatDuration } from '../../mirror/time.ts'

export function count(value: number): string {
  return grouped(value)
}

/** `2.1 %`, `0.03 %`, `100 %`: never 100 or 0 for what is not quite. */
export function percent(share: number): string {
  const value = 100 * share
  if (value === 0 || value === 100) return `${value} %`
  const digits = value < 0.1 || value > 99.9 ? 3 : value < 1 || value > 99 ? 2 : 1
  const text = value.toFixed(digits)
  if (Number(text) === 100) return '>99.999 %'
  return Number(text) === 0 ? '<0.001 %' : `${text} %`
}

/** `+3`, `-0.5`, `0`. */
export function signed(value: number): string {
  const rounded = Number(value.toFixed(Math.abs(value) < 10 ? 1 : 0))
  return rounded > 0 ? `+${grouped(rounded)}` : grouped(rounded || 0)
}

export function quantity(value: number): string {
  return grouped(Number(value.toFixed(Math.abs(value) < 10 ? 1 : 0)))
}

let numbers: Intl.NumberFormat | undefined

/** Made when a number is first written: it takes a tenth of the time that a command takes to start. */
function grouped(value: number): string {
  numbers ??= new Intl.NumberFormat('en-US')
  return numbers.format(value)
}

/** `45s`, `12m`, `3h20m`, `2d4h`: two units at most, as kubectl's AGE column. */
export function formatAge(milliseconds: number): string {
  return formatDuration(Math.round(milliseconds / 1000) * 1000, 2)
}

/** `1 endpoint`, `1,204 endpoints`, `2 copies`. */
export function plural(value: number, one: string, more = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : more}`
}

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

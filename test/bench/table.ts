// A part's figures as Markdown: one table of medians, one of what must hold. Knows no part and writes no file.
import { holds, medianOf, type Claim, type Findings, type Measure, type Part } from './part.ts'

/** For a terminal. */
export function summary(part: Part, findings: Findings): string {
  return `\n${part.title}\n\n${figures(part, findings)}\n\n${claims(findings.claims)}\n`
}

export function figures({ measures }: Part, { rows }: Findings): string {
  const shown = measures.filter(({ key }) => rows.some((row) => medianOf(row, key) !== undefined))
  const body = rows.map((row) => [row.label, ...shown.map((measure) => format(medianOf(row, measure.key), measure))])
  return table(['', ...shown.map(({ label, unit }) => (unit === '' ? label : `${label}, ${unit}`))], body)
}

export function claims(all: readonly Claim[]): string {
  if (all.length === 0) return ''
  const body = all.map((claim) => [
    claim.says,
    `${claim.bound} ${claim.limit.toLocaleString('en')} ${claim.unit}`.trim(),
    `${threeDigits(claim.value)} ${claim.unit}`.trim(),
    holds(claim) ? 'yes' : '**no**'
  ])
  const missed = all.filter((claim) => !holds(claim) && claim.why !== undefined)
  const reasons = [...Map.groupBy(missed, ({ why }) => why)].map(
    ([why, alike]) => `- ${alike.map(({ says }) => says).join('; ')}: ${why}`
  )
  const text = table(['', 'asked', 'measured', 'holds'], body)
  return reasons.length === 0 ? text : `${text}\n\nNot met:\n\n${reasons.join('\n')}`
}

/** 0.405, 1.20, 58,300. */
function threeDigits(value: number): string {
  const rounded = Number(value.toPrecision(3))
  return rounded < 1000 ? value.toPrecision(3) : rounded.toLocaleString('en')
}

function format(value: number | undefined, { digits }: Measure): string {
  return value === undefined
    ? ''
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** Columns of even width: read in a terminal, in a diff and in the page alike. The first to the left, the rest right. */
function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...body].map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join(' | ')} |`
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(head), line(rule), ...body.map(line)].join('\n')
}

// The report's section on whole responses: fields by how often they differ and, if asked for, examples side by side.
import { KINDS } from '../responses/difference.ts'
import { comparedAs, WITHOUT_BASELINE } from './field-lines.ts'
import type { FieldsVerdict, FieldVerdict } from '../statistics/verdict.ts'
import { NOISE_METHOD } from '../statistics/noise.ts'
import type { Summary } from '../statistics/summary.ts'
import { count, percent } from '../../io/format.ts'
import type { Versions } from './plots.ts'
import { html, table, type Markup } from './markup.ts'
import { diffLines } from 'diff'

export function fieldSection({ endpoints, bodies }: Summary, versions: Versions): Markup {
  if (bodies === undefined) return html``
  const shown = endpoints.flatMap(({ endpoint, fields }) => (fields ? [{ endpoint, fields }] : []))
  return html`<h2>Responses</h2>
    <p class="soft">
      Status, headers and bodies of both versions’ responses to the same requests, compared by meaning. Rates are shares
      of the compared matches, with a 99 % confidence interval.
      ${bodies.baseline ? `${NOISE_METHOD}.` : WITHOUT_BASELINE}
      ${bodies.withExamples ? '' : 'This file holds no values of responses; --examples adds some.'}
    </p>
    ${shown.map(({ endpoint, fields }) => section(endpoint, fields, bodies.withExamples, versions))}`
}

function section(endpoint: string, verdict: FieldsVerdict, withExamples: boolean, versions: Versions): Markup {
  const shown = verdict.fields.filter(({ judgement }) => judgement !== 'noise')
  const noise = verdict.fields.filter(({ judgement }) => judgement === 'noise')
  const names = [...new Set(noise.map(({ field }) => field))]
  return html`<h3 style="margin-top:20px">${endpoint}</h3>
    <p class="soft">
      ${comparedAs(verdict)}${shown.length === 0 ? '; no field differs' : ''}.
      ${names.length > 0 ? `Noise: ${names.join(', ')}.` : ''}
    </p>
    ${shown.length > 0 ? fieldTable(shown) : ''} ${withExamples ? shown.map((field) => example(field, versions)) : ''}`
}

function fieldTable(fields: readonly FieldVerdict[]): Markup {
  const rows = fields.map(
    ({ field, kind, counts, rate, interval: [low, high], judgement }) =>
      html`<tr>
        <th scope="row">${field}</th>
        <td class="text">${KINDS[kind]}</td>
        <td>${count(counts.raw)}</td>
        <td class="${judgement === 'differs' ? 'beyond' : ''}">${percent(rate)}</td>
        <td>${percent(low)} to ${percent(high)}</td>
        <td class="text">${judgement}</td>
      </tr>`
  )
  return table('', ['Field', '<Of the copy', 'Matches', 'Rate', '99 % interval', '<Verdict'], rows, {
    fits: true
  })
}

function example({ field, kind, example: one }: FieldVerdict, versions: Versions): Markup {
  if (one === undefined) return html``
  const { method, path, headers, body } = one.request
  const sides = one.answers ?? { live: one.live ?? '', copy: one.copy ?? '' }
  return html`<details>
    <summary>
      <b>${field}</b>: ${KINDS[kind]} &nbsp; <span class="live">${one.live ?? 'nothing'}</span> →
      <span class="copy">${one.copy ?? 'nothing'}</span>
    </summary>
    <pre>
${method} ${path}
${headers.map(([name, value]) => `${name}: ${value}`).join('\n')}${body === undefined ? '' : `\n\n${body}`}</pre>
    ${sideBySide(sides, versions)}
  </details>`
}

interface Row {
  readonly live: string | undefined
  readonly copy: string | undefined
  readonly isSame: boolean
}

function sideBySide({ live, copy }: { live: string; copy: string }, versions: Versions): Markup {
  const rows = rowsOf(live, copy)
  const titles = [html`<span class="live">${versions.live}</span>`, html`<span class="copy">${versions.copy}</span>`]
  const lines = nearDifferences(rows).map((row) => (typeof row === 'number' ? gap(row) : line(row)))
  return table('', titles, lines, { kind: 'diff' })
}

/** A removed line stands beside the line that replaced it. */
function rowsOf(live: string, copy: string): Row[] {
  const rows: Row[] = []
  let removed: string[] = []
  const changed = (added: readonly string[]): void => {
    for (let index = 0; index < Math.max(removed.length, added.length); index++) {
      rows.push({ live: removed[index], copy: added[index], isSame: false })
    }
    removed = []
  }
  for (const part of diffLines(live, copy)) {
    const lines = part.value.replace(/\n$/, '').split('\n')
    if (part.removed) removed = lines
    else if (part.added) changed(lines)
    else {
      changed([])
      for (const text of lines) rows.push({ live: text, copy: text, isSame: true })
    }
  }
  changed([])
  return rows
}

const CONTEXT = 3

/** A number stands for that many equal lines, far from any that differ. */
function nearDifferences(rows: readonly Row[]): (Row | number)[] {
  const kept = rows.map((_, index) =>
    rows.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some((row) => !row.isSame)
  )
  const result: (Row | number)[] = []
  for (const [index, row] of rows.entries()) {
    const last = result.at(-1)
    if (kept[index]) result.push(row)
    else if (typeof last === 'number') result[result.length - 1] = last + 1
    else result.push(1)
  }
  return result
}

function gap(lines: number): Markup {
  return html`<tr>
    <td colspan="2" class="soft">${lines === 1 ? '1 line is' : `${lines} lines are`} the same</td>
  </tr>`
}

/** Signs, because colours may not be visible. */
function line({ live, copy, isSame }: Row): Markup {
  if (isSame) {
    return html`<tr>
      <td>${live}</td>
      <td>${copy}</td>
    </tr>`
  }
  return html`<tr>
    <td class="removed">${live === undefined ? '' : html`<del>− ${live}</del>`}</td>
    <td class="added">${copy === undefined ? '' : html`<ins>+ ${copy}</ins>`}</td>
  </tr>`
}

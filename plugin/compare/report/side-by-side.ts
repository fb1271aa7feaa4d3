// Two texts side by side, with differing lines marked. Knows no response.
import { diffLines } from 'diff'
import type { Versions } from './plots.ts'
import { html, table, type Markup } from './markup.ts'

interface Row {
  readonly live: string | undefined
  readonly copy: string | undefined
  readonly isSame: boolean
}

export function sideBySide({ live, copy }: { live: string; copy: string }, versions: Versions): Markup {
  const rows = rowsOf(live, copy)
  const titles = [html`<span class="live">${versions.live}</span>`, html`<span class="copy">${versions.copy}</span>`]
  const lines = shown(rows).map((row) => (typeof row === 'number' ? gap(row) : line(row)))
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
function shown(rows: readonly Row[]): (Row | number)[] {
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

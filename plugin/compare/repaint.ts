// Paints a text over the one painted before, on a terminal. Knows nothing of what it says.
import wrapAnsi from 'wrap-ansi'
import type { Output } from '../io.ts'

/** Between these a terminal shows nothing, so that nothing flickers; those that do not know them ignore them. */
const BEGIN = '\u001B[?2026h'
const END = '\u001B[?2026l'

/** `whole`: the last one, which may be longer than the screen. */
export function repainter(output: Output): (text: string, whole: boolean) => void {
  let painted = 0
  return (text, whole) => {
    const { columns = 120, rows = 40 } = output
    const lines = wrapAnsi(text, columns, { hard: true, trim: false }).split('\n')
    // What has left the screen at its top cannot be painted over.
    const shown = whole ? lines : lines.slice(0, rows - 1)
    const up = painted === 0 ? '' : `\u001B[${painted}A`
    output.write(`${BEGIN}${up}\r\u001B[J${shown.join('\n')}\n${END}`)
    painted = shown.length
  }
}

// A terminal's transcript, colours included, as an SVG that GitHub shows in light and dark. Pure.
import Anser from 'anser'
import wrapAnsi from 'wrap-ansi'

/** The widest line; longer ones are wrapped, as a terminal wraps them. Wider than that, GitHub would shrink the picture. */
const COLUMNS = 136
const LINE = 18
const CHARACTER = 7.82
const PADDING = 16
const BAR = 28
const [BACKGROUND, TEXT] = ['#16181d', '#d7dae0']
/** By the names that anser gives to the sixteen colours of a terminal; the bright ones are the same here. */
const COLOURS: Readonly<Record<string, string>> = {
  red: '#ff7b72',
  green: '#7ee787',
  yellow: '#e3b341',
  blue: '#79c0ff',
  magenta: '#d2a8ff',
  cyan: '#76e3ea',
  black: '#8b949e'
}

/** `transcript` holds whole lines; a line that begins with `$ ` is what the user typed. */
export function terminalSvg(transcript: string, title: string): string {
  const lines = wrapAnsi(transcript.replace(/\n+$/, ''), COLUMNS, { trim: false }).split('\n')
  const columns = Math.max(...lines.map((line) => Anser.ansiToText(line).length))
  const [width, height] = [Math.ceil(columns * CHARACTER) + 2 * PADDING, lines.length * LINE + 2 * PADDING + BAR]
  const rows = lines.map((line, index) => row(line, BAR + PADDING + index * LINE + 13))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escape(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>
${['#ff5f57', '#febc2e', '#28c840'].map((fill, index) => `<circle cx="${18 + index * 18}" cy="16" r="5.5" fill="${fill}"/>`).join('')}
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="13" fill="${TEXT}">
${rows.join('\n')}
</g>
</svg>
`
}

function row(line: string, y: number): string {
  const spans = Anser.ansiToJson(line, { use_classes: true, remove_empty: true }).map(
    ({ content, fg, decorations }) => {
      const colour = COLOURS[fg?.replace(/^ansi-(bright-)?/, '') ?? '']
      const styles = [
        ...(colour ? [`fill="${colour}"`] : []),
        ...(decorations.includes('bold') || line.startsWith('$ ') ? ['font-weight="bold"'] : []),
        ...(decorations.includes('dim') ? ['opacity="0.65"'] : [])
      ]
      return styles.length > 0 ? `<tspan ${styles.join(' ')}>${escape(content)}</tspan>` : escape(content)
    }
  )
  // A fixed length keeps columns aligned in whichever font the reader has.
  const length = (Anser.ansiToText(line).length * CHARACTER).toFixed(0)
  return `<text x="${PADDING}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs">${spans.join('')}</text>`
}

/** Blanks that do not break: an SVG joins the others. */
function escape(text: string): string {
  return text.replaceAll(' ', '\u00a0').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

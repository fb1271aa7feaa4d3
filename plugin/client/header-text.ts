// Text in HTTP headers: UTF-8, as Go sends and reads it, where Node has one character for each byte.
import { escapeControls } from '../io/sanitize.ts'

/** For a header that is sent. Node refuses what no header may have. */
export function asUtf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/**
 * The texts of `Warning: 299 - "text"` headers, harmless on a terminal. As with kubectl, one that is not UTF-8, or has control
 * characters in it, ends its header.
 */
export function warningTexts(headers: readonly string[]): string[] {
  return headers.flatMap((header) => {
    const texts: string[] = []
    let rest = header.trim()
    while (rest !== '') {
      const [all, code, quoted = ''] = WARNING.exec(rest) ?? []
      const text = fromUtf8(quoted.replace(/\\(.)/gs, '$1'))
      if (all === undefined || text === undefined || /\p{Cc}/u.test(text)) break
      if (code === '299' && text !== '') texts.push(escapeControls(text))
      rest = rest.slice(all.length).trim()
    }
    return texts
  })
}

/** Code, agent, text, and perhaps a date; then a comma, or the end. */
const WARNING = /^(\d{3}) \S+ "((?:[^"\\]|\\.)*)"(?:\s*"[^"]*")?\s*(?:,|$)/s

function fromUtf8(header: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(header, 'latin1'))
  } catch {
    return undefined
  }
}

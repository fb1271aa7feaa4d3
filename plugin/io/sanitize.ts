// Makes text of clients and applications safe: log lines for a terminal, by removing what it would obey; everything else,
// for terminals, HTML and XML, by writing it out.
import { stripVTControlCharacters } from 'node:util'

const TAB = 0x09
const SPACE = 0x20
const DELETE = 0x7f
/** First byte of U+0080..U+00BF in UTF-8; the C1 controls are the lower half. */
const C1_LEAD = 0xc2
const C1_END = 0xa0

/** Escape sequences go; other controls are shown as `^M`, so that nothing is hidden. */
export function stripControls(text: string): string {
  return stripVTControlCharacters(text.replace(/\r$/, '')).replace(CONTROLS, caret)
}

/** The same, line by line. */
export function stripControlsByLine(text: string): string {
  return text.split('\n').map(stripControls).join('\n')
}

/** Whether `stripControls` would change nothing. Most lines are so: to look costs less than to decode. */
export function hasNoControls(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte >= SPACE && byte < DELETE) continue
    if ((byte < SPACE && byte !== TAB) || byte === DELETE) return false
    if (byte === C1_LEAD && bytes[at + 1]! < C1_END) return false
  }
  return true
}

/** All of C0 but the tab, delete, C1. */
// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const CONTROLS = /[\u0000-\u0008\u000A-\u001F\u007F-\u009F]/g

function caret(control: string): string {
  const code = control.codePointAt(0)!
  if (code < SPACE) return `^${String.fromCodePoint(code + 0x40)}`
  return code === DELETE ? '^?' : '\uFFFD'
}

/** Control characters, and those that turn the direction of text, as `\u001b`. Line breaks and tabs too. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, codeOf)
}

/** The same for a text that has lines. */
export function escapeControlsByLine(text: string): string {
  return text.split('\n').map(escapeControls).join('\n')
}

function codeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Also lone surrogates and the two that are no characters, which no file of XML may hold. */
const UNSAFE = /[\p{Cc}\p{Bidi_Control}\p{Cs}\u2028\u2029\ufeff\ufffe\uffff]/gu

// Takes from a log line what a terminal would obey. Pure.
import { stripVTControlCharacters } from 'node:util'

const TAB = 0x09
const SPACE = 0x20
const DELETE = 0x7f
/** First byte of U+0080..U+00BF in UTF-8; the C1 controls are the lower half. */
const C1_LEAD = 0xc2
const C1_END = 0xa0

/** Escape sequences go; other controls are shown as `^M`, so that nothing is hidden. */
export function harmless(text: string): string {
  return stripVTControlCharacters(text.replace(/\r$/, '')).replace(CONTROLS, caret)
}

/** Whether `harmless` would change anything. Most lines are harmless: it costs less to look than to decode. */
export function isHarmless(bytes: Buffer, start: number, end: number): boolean {
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

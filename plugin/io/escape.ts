// Writes out what a terminal or a browser would obey, or not show: text of clients and applications goes through here
// before anybody sees it, on a terminal, in HTML, in JUnit. Knows no value and no field.

/** Control characters, and those that turn the direction of text, as `\u001b`. Line breaks and tabs too. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, codeOf)
}

/** The same for a text that has lines. */
export function escapeControlsByLine(text: string): string {
  return text.split('\n').map(escapeControls).join('\n')
}

/** JSON that means the same, but holds nothing that a terminal would obey. */
export function escapeJson(json: string): string {
  return json.replace(UNSAFE, codeOf)
}

function codeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Also lone surrogates and the two that are no characters, which no file of XML may hold. */
const UNSAFE = /[\p{Cc}\p{Bidi_Control}\p{Cs}\u2028\u2029\ufeff\ufffe\uffff]/gu

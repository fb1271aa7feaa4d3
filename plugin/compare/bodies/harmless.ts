// What a terminal would obey, or turn around, written out. Knows no value and no field.

/** Control characters, and those that turn the direction of text, written out. */
export function harmless(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const UNSAFE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/gu

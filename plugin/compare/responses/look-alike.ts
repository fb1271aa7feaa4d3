// Shows why two texts that look alike are not equal. Knows no field and no terminal.

/** Both with non-ASCII written as `\u00e9`, if a reader might confuse them. */
export function tellApart(live: string, copy: string): [live: string, copy: string] {
  return live !== copy && lookAlike(live, copy) ? [writeOut(live), writeOut(copy)] : [live, copy]
}

/** Writes out what a reader may not see: invisible or composed characters, and mixed alphabets. */
export function revealing(text: string): string {
  const isOdd = text !== text.normalize('NFC') || INVISIBLE.test(text) || (LATIN.test(text) && FOREIGN.test(text))
  return isOdd ? writeOut(text) : text
}

function lookAlike(live: string, copy: string): boolean {
  if (skeleton(live) === skeleton(copy)) return true
  const [ones, others] = [Array.from(live), Array.from(copy)]
  // Letter for letter, and where they differ of two alphabets: a Cyrillic a in a Latin word.
  return (
    ones.length === others.length &&
    ones.every((one, index) => one === others[index] || alphabetOf(one) !== alphabetOf(others[index]!))
  )
}

/** How a text looks at a glance. */
function skeleton(text: string): string {
  return text.normalize('NFKC').replace(INVISIBLES, '').replace(/\s+/g, ' ').trim()
}

function alphabetOf(character: string): number {
  return ALPHABETS.findIndex((alphabet) => alphabet.test(character))
}

const ALPHABETS: readonly RegExp[] = [
  /^\p{ASCII}$/u,
  /^\p{Script=Latin}$/u,
  /^\p{Script=Greek}$/u,
  /^\p{Script=Cyrillic}$/u,
  /^\p{L}$/u
]
const LATIN = /[a-z]/i
const FOREIGN = /[\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Cherokee}]/u
/** Characters without width, and blanks other than a space. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/u
const INVISIBLES = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu

/** By UTF-16 units, as JSON writes them. */
function writeOut(text: string): string {
  return text.replace(/[^\u0020-\u007e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

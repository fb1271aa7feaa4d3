// How large an RE2 expression gets when it is compiled, told from its text: before any memory is spent on it. Errs on the
// large side; whether the expression is one at all, RE2 itself says. Pure.

/** What the table of a Unicode class costs, compared with a plain instruction. */
const UNICODE_CLASS = 16
/** Where case is ignored, a class is made by looking at each of its characters: up to a hundred thousand of them. */
const FOLDED_CLASS = 2000

/** Of one alternation in brackets: what the alternatives before came to, the one that is being read, and its last item. */
interface Group {
  alternatives: number
  items: number
  last: number
}

/** Instructions; linear in the length of the text. */
export function regexSize(expression: string): number {
  const folds = /\(\?[a-zA-Z]*i/.test(expression)
  const groups: Group[] = [newGroup()]
  for (const [token] of expression.matchAll(TOKEN)) read(token, groups, folds)
  while (groups.length > 1) close(groups)
  return sizeOf(groups[0]!) + FRAME
}

/** Every program begins with a failure and ends with a match. */
const FRAME = 2

/**
 * What is repeated, opened or closed as a whole. A repetition that is none (`{`, `{,5}`) is characters to RE2, as it is here.
 * `\Q...\E` is as many characters; a class ends at the first `]` that is not its first character.
 */
const TOKEN =
  /\\Q.*?(?:\\E|$)|\\[pP](?:\{[^}]*\}|.)|\\x\{[^}]*\}|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]?|\(\?P?<[^>]*>|\(\?[a-zA-Z-]*[:)]|\{\d+(?:,\d*)?\}|[^]/gsu

function read(token: string, groups: Group[], folds: boolean): void {
  const group = groups.at(-1)!
  switch (token[0]) {
    case '(':
      if (!token.endsWith(')')) groups.push(newGroup())
      return
    case ')':
      if (groups.length > 1) close(groups)
      return
    case '|':
      group.alternatives = sizeOf(group) + 1
      group.items = 0
      group.last = 0
      return
    case '*':
    case '+':
    case '?':
      group.last += 2
      return
    case '{':
      if (token.length > 1) return repeat(group, token)
      return add(group, 1)
    case '[':
      return add(group, classSize(token, folds))
    default:
      add(group, token.startsWith('\\Q') ? token.length : classSize(token, false))
  }
}

/** `x{2,5}` is written out: `xx(x(x(x)?)?)?`. */
function repeat(group: Group, token: string): void {
  const [least = 0, most = least] = token.slice(1, -1).split(',').map(Number)
  group.last = Math.max(1, group.last) * Math.max(1, least, most) + Math.max(0, most - least) + 2
}

function classSize(token: string, folds: boolean): number {
  const unicode = token.match(/\\[pP]/g)?.length ?? 0
  const isWide = unicode > 0 || /\\x|\\\d|[^\0-\x7f]/.test(token)
  return folds && isWide ? FOLDED_CLASS : 1 + unicode * UNICODE_CLASS
}

function newGroup(): Group {
  return { alternatives: 0, items: 0, last: 0 }
}

function add(group: Group, size: number): void {
  group.items = itemsOf(group)
  group.last = size
}

function itemsOf({ items, last }: Group): number {
  return items + last
}

/** Nothing is an instruction, too. */
function sizeOf(group: Group): number {
  return group.alternatives + Math.max(1, itemsOf(group))
}

/** A group keeps where it begins and ends. */
function close(groups: Group[]): void {
  const inner = groups.pop()!
  add(groups.at(-1)!, sizeOf(inner) + 2)
}

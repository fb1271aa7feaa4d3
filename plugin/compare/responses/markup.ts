// HTML and XML as trees: an element's attributes, its text, and its children by name. Knows no comparison.
import { ElementType, parseDocument } from 'htmlparser2'

type Node = ReturnType<typeof parseDocument>['children'][number]
type Tree = { [key: string]: unknown }

/**
 * `<p class="a">b<i>c</i></p>` -> `{p: [{'@class': 'a', '#text': 'b', i: ['c']}]}`: an array for each name, so that a
 * second child changes its length. `#order` has the order of different names. Comments and line breaks are ignored.
 * Undefined: too deep.
 */
export function parseMarkup(text: string, dialect: 'HTML' | 'XML'): unknown {
  const { children } = parseDocument(text, { xmlMode: dialect === 'XML', decodeEntities: true })
  return isDeeperThan(DEEPEST, children) ? undefined : contentOf(children)
}

const DEEPEST = 100

function isDeeperThan(limit: number, nodes: readonly Node[]): boolean {
  return nodes.some((node) => 'children' in node && (limit === 0 || isDeeperThan(limit - 1, node.children)))
}

function contentOf(nodes: readonly Node[], attributes: Readonly<Record<string, string>> = {}): Tree | string {
  const tree: Tree = Object.create(null) as Tree // names come from outside: `__proto__` is a name like any other
  for (const [name, value] of Object.entries(attributes)) tree[`@${name}`] = value
  const order: string[] = []
  let text = ''
  for (const node of nodes) {
    if (node.type === ElementType.ElementType.Text) text += ` ${node.data}`
    else if (node.type === ElementType.ElementType.CDATA) text += ` ${textOf(node.children)}`
    else if ('name' in node && 'children' in node) {
      if (order.at(-1) !== node.name) order.push(node.name)
      ;((tree[node.name] ??= []) as unknown[]).push(contentOf(node.children, node.attribs))
    }
  }
  const blank = text.replace(/\s+/g, ' ').trim()
  if (order.length === 0 && Object.keys(tree).length === 0) return blank
  if (blank !== '') tree['#text'] = blank
  if (order.length > 1) tree['#order'] = order.join(' ')
  return tree
}

function textOf(nodes: readonly Node[]): string {
  return nodes.map((node) => ('data' in node ? node.data : '')).join('')
}

// Finds a field in a document by its path as kube-apiserver writes it. Knows no lines.
import type { Node } from './tree.ts'
import { isMerge, keyOf } from './value.ts'

export type Step = string | number

/** `spec.http[2]`, `metadata.annotations["a/b"]` -> steps. */
export function stepsOf(path: string): Step[] {
  const steps = path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)
  return Array.from(steps, ([, key, index, name = '']) => (index === undefined ? (key ?? name) : Number(index)))
}

/** The offset of the field, or of its nearest parent that the document contains. */
export function offsetOf(root: Node | undefined, steps: readonly Step[]): number {
  let offset = 0
  let node = root
  for (const step of steps) {
    if (node?.kind === 'alias') node = node.target
    let at: number | undefined
    if (node?.kind === 'list' && typeof step === 'number') {
      const item: Node | undefined = node.items[step]
      at = node.dashes[step] ?? item?.start
      node = item
    } else if (node?.kind === 'map') {
      const pair = node.pairs.findLast((one) => !isMerge(one) && keyOf(one.key) === step)
      at = pair?.key.start
      node = pair?.value
    }
    if (at === undefined) break
    offset = at
  }
  return offset
}

// Whether an object fits into etcd, and its annotations into the API server's limit. Knows no mirror.
import { formatCount, problem, type Problem } from '../../mirror/problem.ts'
import { kindOf } from '../../mirror/kind-of.ts'
import type { RouteObject } from '../../mirror/route-kind.ts'

/** etcd refuses larger requests (`--max-request-bytes`, 1.5 MiB), key included. */
export const LARGEST_STORED = 1.5 * 1024 * 1024
const KEY = 4096
/** kube-apiserver's `TotalAnnotationSizeLimitB`: keys and values. */
const MOST_ANNOTATIONS = 256 * 1024

/** Go's JSON escapes each of these with six bytes. */
const ESCAPED = /[<>&\u2028\u2029]/g

/** Why `result` is too large to store. `atMost`: an upper bound of its bytes, known without serializing it. */
export function storageProblem(result: RouteObject, atMost: number): Problem | undefined {
  if (atMost <= MOST_ANNOTATIONS) return undefined
  const { name, rulesAt } = kindOf(result)
  const annotations = Object.entries(result.metadata.annotations ?? {})
  const length = annotations.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0)
  if (length > MOST_ANNOTATIONS) {
    const values = { kind: name, found: formatCount(length), allowed: formatCount(MOST_ANNOTATIONS) }
    return problem('recordTooLarge', 'metadata.annotations', values)
  }
  if (atMost <= LARGEST_STORED - KEY) return undefined
  const text = JSON.stringify(result)
  const size = Buffer.byteLength(text) + (text.match(ESCAPED)?.length ?? 0) * 5
  if (size <= LARGEST_STORED - KEY) return undefined
  return problem('storedTooLarge', `spec.${rulesAt}`, {
    kind: name,
    found: formatCount(size),
    allowed: formatCount(LARGEST_STORED - KEY)
  })
}

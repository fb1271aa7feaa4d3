// A watched collection of one object, named, so that RBAC can name it too. Knows no kind.
import type { Source } from './pages.ts'
import type { Sink } from './watch.ts'

export function sourceOfOne(namespace: string, resource: string, name: string): Source {
  return { path: `/api/v1/namespaces/${namespace}/${resource}`, query: { fieldSelector: `metadata.name=${name}` } }
}

/** `gone`: a list came to its end without it, or it was deleted. */
export function sinkOfOne<T>(put: (object: T) => void, gone: () => void): Sink<T> {
  let listed = false
  return {
    begin: () => void (listed = false),
    put(object) {
      listed = true
      put(object)
    },
    end() {
      if (!listed) gone()
    },
    drop: gone
  }
}

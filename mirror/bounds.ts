// How much annotations may ask for, and how much work a VirtualService may cause: so the cost of a write is bounded by its size. Real
// meshes stay far below. docs/annotations.md lists the bounds.

export const BOUNDS = {
  /** Characters of our annotations together, names and values. */
  annotations: 8192,
  targets: 16,
  /** In `from` and in `routes`. */
  names: 64,
  methods: 16,
  /** Registered methods have at most 17. */
  methodCharacters: 32,
  headers: 32,
  regexCharacters: 1000,
  /** Of one expression, compiled. */
  regexInstructions: 2048,
  /** Match branches of all rules together, with a filter; and these times the filter's conditions. */
  branches: 4096,
  narrowings: 32_768,
  /** Open copies from one caller to one target: some 13 MB in the caller's sidecar. */
  limit: 1024,
  /** Distinct destinations of all mirrors with a limit: the controller makes a subset of each. */
  limited: 16,
  /** Mirrored rules. etcd stores no more rules of realistic size. */
  rules: 5000,
  /** Distinct destinations of all mirrors: the record lists each. */
  destinations: 1024,
  /** Characters that mirrors and clones add to an object; etcd accepts no larger object. */
  growth: 1_500_000,
  /** Of all regular expressions, in annotations and rules: 40 ms at most. */
  review: { instructions: 4096, steps: 500_000 }
} as const

/** The table in the docs. */
export const BOUND_ROWS: readonly (readonly [what: string, most: number])[] = [
  ['characters of all our annotations together, names and values', BOUNDS.annotations],
  ['targets in `to`', BOUNDS.targets],
  ['names in `from`, and in `routes`', BOUNDS.names],
  ['methods in `methods`', BOUNDS.methods],
  ['conditions in `headers`', BOUNDS.headers],
  ['characters of one regular expression', BOUNDS.regexCharacters],
  [
    'instructions of one regular expression, compiled (a Unicode class such as `\\pL` counts 16)',
    BOUNDS.regexInstructions
  ],
  ["instructions of all of them together, those in the rules' own matches included", BOUNDS.review.instructions],
  ['match branches of all rules, if a filter is set', BOUNDS.branches],
  ['the same, times the number of conditions', BOUNDS.narrowings],
  ['rules that are mirrored', BOUNDS.rules],
  ['distinct destinations that all rules are mirrored to', BOUNDS.destinations],
  ['the same, with a `limit`', BOUNDS.limited],
  ['open copies in `limit`', BOUNDS.limit],
  ['characters that mirrors add to the object', BOUNDS.growth]
]

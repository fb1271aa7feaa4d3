// How much anybody may ask for, and how much work of ours a VirtualService may be: what a tenant writes costs what its size
// costs. A real mesh stays far below all of them. The generated page lists them.

export const BOUNDS = {
  /** Characters of our annotations together, names and values. */
  annotations: 8192,
  targets: 16,
  /** In `from` and in `routes`. */
  names: 64,
  methods: 16,
  /** A registered one has at most 17 characters. */
  methodCharacters: 32,
  headers: 32,
  regexCharacters: 1000,
  /** Of one expression, compiled. */
  regexInstructions: 2048,
  /** Match branches that a filter can narrow, of all rules together; and those times the filter's conditions. */
  branches: 4096,
  narrowings: 32_768,
  /** Rules that are mirrored: with what real rules hold, etcd stores no more of them. */
  rules: 5000,
  /** Distinct destinations that all rules together are mirrored to: each stands in the record. */
  destinations: 1024,
  /** Characters that mirrors and clones add to an object: what etcd takes of a whole one. */
  growth: 1_500_000,
  /** Of all regular expressions, the annotation's and the rules': some 40 ms at the very most. */
  review: { instructions: 4096, steps: 500_000 }
} as const

/** What the docs' table says of each. */
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
  [
    'instructions of all of them together, those that the rules match methods and headers by included',
    BOUNDS.review.instructions
  ],
  ['match branches of all rules, with `methods`, `headers` or `max-body`', BOUNDS.branches],
  ['the same, times the number of conditions', BOUNDS.narrowings],
  ['rules that are mirrored', BOUNDS.rules],
  ['distinct destinations that all rules are mirrored to', BOUNDS.destinations],
  ['characters that mirrors add to the object', BOUNDS.growth]
]

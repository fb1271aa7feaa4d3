// Which items of a list stand in it twice. Linear.

/** Those whose key an item before them has. */
export function repeatedIn<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const seen = new Set<string>()
  return items.filter((item) => {
    const key = keyOf(item)
    const isRepeated = seen.has(key)
    seen.add(key)
    return isRepeated
  })
}

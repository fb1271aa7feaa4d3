// Two versions that are equal: a run names one of them by chance in at most 1 of 100 (RISK of plugin/compare/statistics/chance.ts),
// so only what is named twice is wrong.

/** The first run, or the second where the first names something. */
export async function twiceIfNamed<T extends { readonly names: readonly string[] }>(
  runOf: (run: number) => Promise<T>
): Promise<T> {
  const first = await runOf(1)
  if (first.names.length === 0) return first
  console.log(`named at first: ${first.names.join('; ')}`)
  return runOf(2)
}

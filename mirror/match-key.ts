// Tells whether two match branches are one to Istio, which warns of a rule whose branches all stand in rules before it.
import type { HttpMatch } from './virtual-service.ts'

/** One text for branches that differ in their name, in the order of keys, or in fields that are null. */
export function matchKey({ name: _, ...branch }: HttpMatch): string {
  return JSON.stringify(branch, (_key, value: unknown) => (isMap(value) ? sorted(value) : value))
}

function sorted(map: Readonly<Record<string, unknown>>): object {
  const entries = Object.entries(map).filter(([, value]) => value !== null)
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

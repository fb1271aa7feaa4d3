// A number and its noun. Knows no other language than English.

/** `1 endpoint`, `1,204 endpoints`, `2 copies`. */
export function plural(value: number, one: string, more = `${one}s`): string {
  return `${value.toLocaleString('en-US')} ${value === 1 ? one : more}`
}

// `-o`, as kubectl has it: the formats, and the words that refuse others.
import { UserError } from './errors.ts'
import type { Output } from './io.ts'
import { blockLines } from './yaml-print.ts'

/** Refuses a format before anything is done, not after. */
export function checkFormat(format: string | undefined, allowed: readonly string[]): void {
  const [kind, ...template] = format?.split('=') ?? []
  if (kind === 'jsonpath' && allowed.includes(kind)) {
    if (template.join('=') !== '') return
    throw new UserError('template format specified but no template given')
  }
  if (format === undefined || allowed.includes(format)) return
  const known = allowed.map((one) => (one === 'jsonpath' ? 'jsonpath=...' : one)).join(',')
  throw new UserError(
    `unable to match a printer suitable for the output format ${JSON.stringify(format)}, allowed formats are: ${known}`
  )
}

/** `json`, `yaml` or `jsonpath=TEMPLATE`. */
export async function printValue(value: unknown, format: string, output: Output): Promise<void> {
  if (format === 'json') output.write(`${JSON.stringify(value, undefined, 4)}\n`)
  else if (format === 'yaml') output.write(yamlOf(value))
  else output.write((await import('./json-path.ts')).renderJsonPath(format.slice('jsonpath='.length), value))
}

/** As kubectl prints it: lists under their name's own column. */
export function yamlOf(value: unknown): string {
  return `${blockLines(value, '', { isJson: false, unit: '  ', indentsLists: false }).join('\n')}\n`
}

/** Several are a List, as kubectl prints them, so that each format stays one document. */
export function printObjects(
  objects: readonly { readonly metadata: object }[],
  format: string,
  output: Output
): Promise<void> {
  const items = objects.map(withoutManagedFields)
  const value =
    items.length === 1 ? items[0] : { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items }
  return printValue(value, format, output)
}

/** Objects are shown without managedFields, as kubectl shows them. */
function withoutManagedFields<T extends { readonly metadata: object }>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata as Record<string, unknown>
  return { ...object, metadata }
}

// Reads the table of cases that every runner shares: the pure edit, the webhook's review, the plugin's render.
import { readdirSync, readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import type { ProblemCode } from '../../mirror/problem.ts'
import type { VirtualService } from '../../mirror/virtual-service.ts'

/**
 * One file: a YAML stream of the head, the object as it is sent, and the object as it must be stored.
 * Without the third, the object must stay as it was sent.
 */
export interface Case {
  readonly file: string
  readonly name: string
  readonly now: Date
  /** The object as it is stored before, for an update. */
  readonly old?: VirtualService
  readonly object: VirtualService
  readonly expected: VirtualService
  /** Every finding, in order; empty lists mean none. */
  readonly problems: readonly ProblemCode[]
  readonly warnings: readonly ProblemCode[]
  /** Path of each skipped rule -> its reason. */
  readonly skips: Readonly<Record<string, ProblemCode>>
}

interface Head {
  readonly name: string
  readonly now?: string
  readonly old?: VirtualService
  readonly expect?: Partial<Pick<Case, 'problems' | 'warnings' | 'skips'>>
}

export function loadCases(): Case[] {
  const folder = new URL('.', import.meta.url)
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'))
  return files.toSorted().map((file) => loadCase(file, readFileSync(new URL(file, folder), 'utf8')))
}

function loadCase(file: string, text: string): Case {
  const documents = parseAllDocuments(text)
  if (!('length' in documents)) throw new Error(`${file} is empty`)
  for (const { errors } of documents) if (errors[0]) throw new Error(file, { cause: errors[0] })
  const [head, object, expected] = documents.map((document) => document.toJS() as unknown)
  const { name, now = '2026-01-01T00:00:00Z', old, expect = {} } = head as Head // checked by every runner
  const sent = object as VirtualService
  return {
    file,
    name,
    now: new Date(now),
    ...(old && { old }),
    object: sent,
    expected: (expected as VirtualService | undefined) ?? sent,
    problems: expect.problems ?? [],
    warnings: expect.warnings ?? [],
    skips: expect.skips ?? {}
  }
}

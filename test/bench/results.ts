// The figures of the last run of each part, in docs/benchmarks.json. Renders nothing.
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import type { Circumstances } from './circumstances.ts'
import type { Findings } from './part.ts'

/** `seconds`: how long the part took; absent in results of before that was kept. */
export type Result = Circumstances & Findings & { readonly seconds?: number }
export type Results = Readonly<Record<string, Result>>

const FILE = new URL('../../docs/benchmarks.json', import.meta.url)

export async function readResults(): Promise<Results> {
  return existsSync(FILE) ? (JSON.parse(await readFile(FILE, 'utf8')) as Results) : {} // written below alone
}

export async function writeResults(results: Results): Promise<void> {
  await writeFile(FILE, `${JSON.stringify(results, rounded, 1).replaceAll(/\n\s+(?=[-\d.]+,?$)/gm, ' ')}\n`)
}

/** Four digits say more than a measurement knows. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value
}

// What a sandbox writes down of itself, so that another run can find, judge and end it; decides nothing.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Place } from './place.ts'
import type { Identity } from './processes.ts'

export interface SandboxRecord {
  /** The versions and images that it was made of. */
  key: string
  /** Set when `up` has come to its end. */
  ready: boolean
  /** The process whose death ends all others of the sandbox. */
  holder?: Identity
  daemons: Record<string, Identity>
}

export function readRecord(place: Place): SandboxRecord | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(place), 'utf8')) as SandboxRecord // written below
  } catch {
    return undefined
  }
}

/** At once and whole: a run may be killed at any moment. */
export function writeRecord(place: Place, record: SandboxRecord): void {
  mkdirSync(place.state, { recursive: true, mode: 0o700 })
  writeFileSync(`${fileOf(place)}.new`, JSON.stringify(record, undefined, 2))
  renameSync(`${fileOf(place)}.new`, fileOf(place))
}

function fileOf(place: Place): string {
  return join(place.state, 'sandbox.json')
}

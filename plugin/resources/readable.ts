// What may not be read is a value, so that one missing right makes one answer unknown and no other.
import type { Unread } from '../../mirror/check-targets.ts'
import { MissingRight } from '../io/errors.ts'

export async function readable<T>(reading: Promise<T>): Promise<T | Unread> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof MissingRight) return { unread: error.message }
    throw error
  }
}

export function isUnread(value: unknown): value is Unread {
  return typeof value === 'object' && value !== null && 'unread' in value
}

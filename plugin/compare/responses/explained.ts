// Whether two values differ for a reason outside of both versions: the clock, or an echo of x-forwarded-for. Knows no field.
import { ExactNumber } from './exact-number.ts'
import type { HttpRequest, Made } from './response.ts'

/**
 * Both values are times, no further apart than the two responses. A baseline cannot recognise these: its response comes sooner
 * after the live one than the copy's, so a clock changes in it less often.
 */
export function isClock(live: unknown, copy: unknown, liveMade: Made, copyMade: Made): boolean {
  const apart = Math.max(
    Math.abs(copyMade.requested - liveMade.requested),
    Math.abs(copyMade.responded - liveMade.responded)
  )
  const slack = apart + SLACK
  const now = liveMade.responded
  if (isNumber(live) && isNumber(copy)) return areNear(epochOf(String(live), now), epochOf(String(copy), now), slack)
  if (typeof live !== 'string' || typeof copy !== 'string') return false
  const [lives, copies] = [readTimes(live, now), readTimes(copy, now)]
  return (
    lives.rest === copies.rest &&
    lives.times.length > 0 &&
    lives.times.every((time, index) => areNear(time, copies.times[index], slack))
  )
}

/** Clocks of nodes differ a little, and many times have whole seconds. */
const SLACK = 2000
const DAY = 86_400_000

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || value instanceof ExactNumber
}

interface Time {
  readonly milliseconds: number
  /** After which it repeats: a time of day has no date. */
  readonly period: number
}

function areNear(one: Time | undefined, other: Time | undefined, slack: number): boolean {
  if (one === undefined || other === undefined || one.period !== other.period) return false
  const apart = Math.abs(one.milliseconds - other.milliseconds)
  return Math.min(apart, one.period - apart) <= slack
}

/** The times in a text (of day, or since 1970), and the text around them. */
function readTimes(text: string, now: number): { rest: string; times: Time[] } {
  const times: Time[] = []
  const rest = text.replace(TIME, (found, hours?: string, minutes?: string, seconds?: string) => {
    const time =
      hours === undefined
        ? epochOf(found, now)
        : {
            milliseconds: ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds!.replace(',', '.'))) * 1000,
            period: DAY
          }
    if (time) times.push(time)
    return time ? '\0' : found
  })
  return { rest, times }
}

const TIME = /(?<!\d)(\d{2}):(\d{2}):(\d{2}(?:[.,]\d+)?)|(?<![\d.])\d{10,19}(?:\.\d+)?(?!\d)/g

/** Seconds, or milli-, micro- or nanoseconds, since 1970, if that is within a day of `now`. */
function epochOf(text: string, now: number): Time | undefined {
  const value = Number(text)
  for (const perMillisecond of [0.001, 1, 1000, 1_000_000]) {
    const milliseconds = value / perMillisecond
    if (Math.abs(milliseconds - now) < DAY) return { milliseconds, period: Number.POSITIVE_INFINITY }
  }
  return undefined
}

/**
 * httpbin's `origin`: for a copy the whole header, 10.244.0.7; for the live request its own header, or without one the
 * address of the proxy before the application, 127.0.0.6.
 */
export function isForwardedEcho(
  live: unknown,
  copy: unknown,
  liveRequest: HttpRequest,
  copyRequest: HttpRequest
): boolean {
  if (typeof live !== 'string' || typeof copy !== 'string') return false
  const [less = '', more = ''] = [liveRequest, copyRequest].map(({ headers }) => headers.get('x-forwarded-for'))
  const at = copy.indexOf(more)
  if (more === '' || more === less || at === -1) return false
  const [before, after] = [copy.slice(0, at), copy.slice(at + more.length)]
  if (live.length < before.length + after.length || !live.startsWith(before) || !live.endsWith(after)) return false
  const instead = live.slice(before.length, live.length - after.length)
  return instead === less || ADDRESS.test(instead)
}

const ADDRESS = /^[0-9a-f.:]{2,45}$/i

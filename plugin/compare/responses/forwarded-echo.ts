// Whether two values differ only in that the application echoes x-forwarded-for, which is longer in a copy. Knows no field.
import type { HttpRequest } from './response.ts'

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

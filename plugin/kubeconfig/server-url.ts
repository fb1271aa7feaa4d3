// The addresses of servers and proxies, read as Go's net/url reads them. WHATWG's parser guesses where Go refuses: to it,
// `//host`, `https:host` and `https:\\host` are fine. Who guesses may send a token to the wrong place.
import { isIP } from 'node:net'
import { UserError } from '../io/errors.ts'

/** As kubectl: an address without a scheme is one of http, and a query is ignored. */
export function parseServer(text: string): URL {
  const url = parseAbsolute(text)
  if (url && !/^https?:$/.test(url.protocol)) {
    const scheme = JSON.stringify(url.protocol.slice(0, -1))
    throw new UserError(`unsupported protocol scheme ${scheme} of server ${JSON.stringify(text)}: use http or https`)
  }
  const server = url ?? (/^[^/]+\/?$/.test(text) ? parseAbsolute(`http://${text}`) : undefined)
  if (!server) throw new UserError(`host must be a URL or a host:port pair: ${JSON.stringify(text)}`)
  server.search = ''
  server.hash = ''
  return server
}

export type ParsedProxy = { readonly ok: true; readonly url: URL } | { readonly ok: false; readonly why: string }

/** Those of a kubeconfig; the environment may also have `socks5h`, which is the same. */
export const PROXY_SCHEMES: readonly string[] = ['http', 'https', 'socks5']

export function parseProxy(text: string, schemes: readonly string[]): ParsedProxy {
  const url = parseAbsolute(text)
  const scheme = /^([a-z][a-z\d+.-]*):/i.exec(text)?.[1]?.toLowerCase() ?? ''
  if (!url && (UNFIT.test(text) || (scheme === '' && /^[^/]*:/.test(text)) || ABSOLUTE.test(text))) {
    return { ok: false, why: `could not parse: ${text}` }
  }
  if (!schemes.includes(scheme)) {
    const allowed = `${schemes.slice(0, -1).join(', ')}, or ${schemes.at(-1)}`
    return { ok: false, why: `unsupported scheme ${JSON.stringify(scheme)}, must be ${allowed}` }
  }
  return url ? { ok: true, url } : { ok: false, why: 'it has no host' }
}

/** Undefined where Go finds no scheme or no host. */
function parseAbsolute(text: string): URL | undefined {
  const url = ABSOLUTE.test(text) && !UNFIT.test(text) ? URL.parse(text) : null
  // To WHATWG's parser, `010.0.0.1` is 8.0.0.1.
  if (!url?.hostname || (isIP(url.hostname) === 4 && !text.includes(url.hostname))) return undefined
  return url
}

const ABSOLUTE = /^[a-z][a-z\d+.-]*:\/\/[^/?#\\]+(?:[/?#]|$)/i
const UNFIT = /[\s\p{Cc}]/u

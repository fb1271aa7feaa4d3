// What kubectl says of a connection or a file that fails: Go's words for Node's codes. Knows no error of ours.

/** `host`: as kubectl names it, with its port. */
export function describeConnection(host: string, cause: NodeJS.ErrnoException): string {
  const { code = '', message } = cause
  if (code === 'ECONNREFUSED') {
    return `The connection to the server ${host} was refused - did you specify the right host or port?`
  }
  const { isProxy } = cause as NetworkError
  return `Unable to connect to the server: ${isProxy ? 'proxyconnect tcp: ' : ''}${reasonOf(code, message, host, cause)}`
}

function reasonOf(code: string, message: string, host: string, cause: NetworkError): string {
  if (NO_TLS.test(`${code} ${message}`)) {
    return cause.isProxy
      ? 'tls: first record does not look like a TLS handshake'
      : 'http: server gave HTTP response to HTTPS client'
  }
  if (message === 'socket hang up') return 'EOF'
  const [, header] = /header content \["(.*)"\]/.exec(message) ?? []
  if (code === 'ERR_INVALID_CHAR' && header) return `net/http: invalid header field value for ${canonical(header)}`
  const words: Readonly<Record<string, string>> = {
    ENOTFOUND: `dial tcp: lookup ${cause.hostname}: no such host`,
    EAI_AGAIN: `dial tcp: lookup ${cause.hostname}: temporary failure in name resolution`,
    ETIMEDOUT: `dial tcp ${host}: i/o timeout`,
    ECONNRESET: 'read: connection reset by peer',
    EPIPE: 'write: broken pipe',
    EHOSTUNREACH: `dial tcp ${host}: connect: no route to host`,
    ENETUNREACH: `dial tcp ${host}: connect: network is unreachable`,
    ERR_OSSL_PEM_NO_START_LINE: 'tls: failed to find any PEM data in the client certificate or key',
    ERR_OSSL_X509_KEY_VALUES_MISMATCH: 'tls: private key does not match public key',
    CERT_HAS_EXPIRED: `${TLS} certificate has expired or is not yet valid`,
    CERT_NOT_YET_VALID: `${TLS} certificate has expired or is not yet valid`,
    ERR_TLS_CERT_ALTNAME_INVALID: `${TLS} certificate is valid for ${namesIn(cause.cert)}, not ${cause.host}`,
    ...Object.fromEntries(UNTRUSTED.map((one) => [one, `${TLS} certificate signed by unknown authority`]))
  }
  return words[code] ?? message
}

/** OpenSSL tries to read HTTP as a TLS record. */
const NO_TLS = /wrong.version.number|packet.length.too.long/i

/** Node's names for what Go has one sentence for. */
const UNTRUSTED = [
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'
]
const TLS = 'tls: failed to verify certificate: x509:'

interface NetworkError extends NodeJS.ErrnoException {
  readonly hostname?: string
  /** It was the proxy that could not be reached. */
  readonly isProxy?: boolean
  readonly host?: string
  readonly cert?: { readonly subjectaltname?: string }
}

/** `DNS:kubernetes, IP Address:10.0.0.1` -> the DNS names, which is what Go tells where a name was asked for. */
function namesIn(cert: NetworkError['cert']): string {
  const names = Array.from((cert?.subjectaltname ?? '').matchAll(/DNS:([^,]+)/g), ([, name = '']) => name)
  return names.join(', ')
}

/** `impersonate-user` -> `"Impersonate-User"` */
function canonical(header: string): string {
  return JSON.stringify(header.replace(/(^|-)\w/g, (start) => start.toUpperCase()))
}

/** `open /x: permission denied`; of an error of another kind, its message. Node names no file where it is the reading that fails. */
export function describeFileError(error: unknown, file: string): string {
  const { code = '', message, syscall = 'open' } = error as NodeJS.ErrnoException
  const reason = REASONS[code]
  return reason === undefined ? message : `${syscall} ${file}: ${reason}`
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  ELOOP: 'too many levels of symbolic links',
  EROFS: 'read-only file system',
  ENOSPC: 'no space left on device',
  EDQUOT: 'disk quota exceeded'
}

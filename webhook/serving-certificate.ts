// Follows the Secret that holds the serving certificate, whoever writes it, and hands each valid pair to the server.
import { inspect, type ServingPair, type Validity } from './certificates.ts'
import type { CertificateMetrics } from './metrics.ts'
import type { Sink } from './watch.ts'

/** `type: Opaque` or `kubernetes.io/tls`. */
export interface Secret {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion?: string }
  readonly data?: Readonly<Record<string, string>>
}

export interface ServingCertificateOptions {
  readonly dnsNames: readonly string[]
  readonly metrics: CertificateMetrics
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void }
  readonly use: (pair: ServingPair) => void
  /** The Secret was written or is gone, whatever is in it. */
  readonly changed: () => void
}

export interface ServingCertificate {
  readonly sink: Sink<Secret>
  /** Why there is none to serve with now. */
  missing(): string | undefined
}

/** Read through the API: a mounted Secret lags by up to a minute and a half, in which an old authority may end. */
export function createServingCertificate(options: ServingCertificateOptions): ServingCertificate {
  const { dnsNames, metrics, log, use, changed } = options
  let current: { readonly pair: ServingPair; readonly validity: Validity } | undefined
  const put = (secret: Secret): void => {
    changed()
    const pair = pairOf(secret)
    if (!pair || pair.certificate === current?.pair.certificate) return
    const validity = inspect(pair, dnsNames, new Date())
    if (typeof validity === 'string') {
      // The one in use goes on serving for as long as it is valid.
      metrics.rejected.inc()
      log.warn({ secret: secret.metadata.name, reason: validity }, 'certificate not used')
      return
    }
    current = { pair, validity }
    use(pair)
    metrics.expiry.set(validity.to.getTime() / 1000)
    log.info({ until: validity.to.toISOString() }, 'certificate in use')
  }
  return {
    sink: { begin: () => undefined, put, end: () => undefined, drop: changed },
    missing() {
      if (!current) return 'no serving certificate yet'
      return current.validity.to > new Date()
        ? undefined
        : `the serving certificate ended at ${current.validity.to.toISOString()}`
    }
  }
}

/** Undefined while it is not filled in. */
export function pairOf({ data = {} }: Secret): ServingPair | undefined {
  const { 'tls.crt': certificate, 'tls.key': key } = data
  return certificate && key ? { certificate: decode(certificate), key: decode(key) } : undefined
}

export function decode(encoded: string): string {
  return Buffer.from(encoded, 'base64').toString('utf8')
}

export function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

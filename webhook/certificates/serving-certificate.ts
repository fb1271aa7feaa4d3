// Watches the Secret with the serving certificate, and gives each valid pair to the server. Writes nothing.
import { inspect, type ServingPair, type Validity } from './certificates.ts'
import type { Metrics } from '../kubernetes/metrics.ts'
import { sinkOfOne } from '../kubernetes/watches.ts'
import type { Sink } from '../kubernetes/watch.ts'

/** `type: Opaque` or `kubernetes.io/tls`. */
export interface Secret {
  readonly apiVersion?: string
  readonly kind?: string
  readonly type?: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion?: string }
  readonly data?: Readonly<Record<string, string>> | null
}

export interface ServingCertificateOptions {
  readonly now: () => Date
  /** Its name. */
  readonly secret: string
  readonly dnsNames: readonly string[]
  readonly metrics: Metrics['certificate']
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void }
  readonly use: (pair: ServingPair) => void
  /** The Secret was written or deleted, valid or not. */
  readonly changed: () => void
}

export interface ServingCertificate {
  readonly sink: Sink<Secret>
  /** Why there is no usable certificate now; undefined if there is one. */
  missing(): string | undefined
}

const RECHECK_MS = 60_000

/** Reads through the API: a mounted Secret lags by up to 90 s, and the old CA may expire within that time. */
export function createServingCertificate(options: ServingCertificateOptions): ServingCertificate {
  const { secret, dnsNames, metrics, log, use, changed, now } = options
  let current: { readonly pair: ServingPair; readonly validity: Validity } | undefined
  let problem = `Secret ${secret} is not read yet`
  let recheck: NodeJS.Timeout | undefined
  /** The pair in use stays as long as it is valid. */
  const reject = (reason: string): void => {
    problem = reason
    log.warn({ secret, reason }, 'certificate rejected')
  }
  /** Why it cannot be used. */
  const take = (pair: ServingPair): string | undefined => {
    const validity = inspect(pair, dnsNames, now())
    if (typeof validity === 'string') return validity
    use(pair)
    current = { pair, validity }
    problem = 'no certificate has replaced it'
    clearInterval(recheck)
    metrics.begin.set(validity.from.getTime() / 1000)
    metrics.expiry.set(validity.to.getTime() / 1000)
    log.info({ until: validity.to.toISOString() }, 'certificate in use')
    return undefined
  }
  const put = (object: Secret): void => {
    changed()
    clearInterval(recheck)
    const pair = pairOf(object)
    if (!pair) return reject(`Secret ${secret} has no tls.crt and tls.key`)
    if (isSame(pair, current?.pair)) return
    const reason = take(pair)
    if (reason === undefined) return
    metrics.rejected.inc()
    reject(reason)
    // Perhaps it is just not valid yet.
    recheck = setInterval(() => void take(pair), RECHECK_MS).unref()
  }
  const gone = (): void => {
    clearInterval(recheck)
    reject(`there is no Secret ${secret}`)
  }
  return {
    sink: {
      ...sinkOfOne(put, gone),
      drop() {
        changed()
        gone()
      }
    },
    missing() {
      if (!current) return `no serving certificate yet: ${problem}`
      return current.validity.to > now()
        ? undefined
        : `the serving certificate expired at ${current.validity.to.toISOString()}: ${problem}`
    }
  }
}

function isSame(a: ServingPair, b: ServingPair | undefined): boolean {
  return a.certificate === b?.certificate && a.key === b.key
}

/** Undefined while the Secret is empty. */
export function pairOf({ data }: Secret): ServingPair | undefined {
  const { 'tls.crt': certificate, 'tls.key': key } = data ?? {}
  return certificate && key ? { certificate: decode(certificate), key: decode(key) } : undefined
}

export function decode(encoded: string): string {
  return Buffer.from(encoded, 'base64').toString('utf8')
}

export function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

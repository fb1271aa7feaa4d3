// Has serving certificates issued, and inspects them. Knows no Secret, no cluster and no clock.
import { createPrivateKey, X509Certificate as Inspected } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { Issued, ServingPair } from './issue.ts'

export type { Issued, ServingPair }

/** Clocks differ between machines. */
const BACKDATED_MS = 5 * 60_000

/** Issues a new CA and one certificate. */
export async function issue(dnsNames: readonly string[], lifetimeMs: number, now: Date): Promise<Issued> {
  const validity = { notBefore: new Date(now.getTime() - BACKDATED_MS), notAfter: new Date(now.getTime() + lifetimeMs) }
  // Only the leader needs it.
  return (await import('./issue.ts')).issue(dnsNames, now, validity)
}

export interface Validity {
  readonly from: Date
  readonly to: Date
}

/** Go's TLS clients accept no older version. */
export const OLDEST_TLS = 'TLSv1.2'

/** Why the pair cannot serve `dnsNames` at `now`, or how long it can. */
export function inspect(pair: ServingPair, dnsNames: readonly string[], now: Date): Validity | string {
  try {
    const [certificate, ...others] = readChain(pair.certificate)
    if (!certificate) return 'tls.crt has no certificate'
    const [from, to] = [certificate.validFromDate, certificate.validToDate]
    if (from > now) return `the certificate is not valid before ${from.toISOString()}`
    if (to <= now) return `the certificate expired at ${to.toISOString()}`
    if (!certificate.checkPrivateKey(createPrivateKey(pair.key))) return 'the key does not match the certificate'
    // Go's clients never look at the subject.
    const missing = dnsNames.filter((name) => certificate.checkHost(name, { subject: 'never' }) === undefined)
    if (missing.length > 0) {
      return `the certificate is not for ${missing.join(', ')}; it is for ${certificate.subjectAltName ?? 'no name (it has no subjectAltName)'}`
    }
    const problem = usageProblem(certificate) ?? chainProblem(certificate, others, now)
    if (problem !== undefined) return problem
    // OpenSSL's own checks: it refuses weak keys, for example.
    createSecureContext({ cert: pair.certificate, key: pair.key, minVersion: OLDEST_TLS })
    return { from, to }
  } catch (error) {
    return `the certificate or its key cannot be used: ${error instanceof Error ? error.message : String(error)}`
  }
}

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?(?=-----BEGIN |$(?![\s\S]))/g

/** Throws for a damaged block. */
function readChain(pem: string): Inspected[] {
  return Array.from(pem.match(PEM_BLOCK) ?? [], (block, index) => {
    try {
      return new Inspected(block)
    } catch (error) {
      throw new Error(`certificate ${index + 1} of tls.crt is damaged`, { cause: error })
    }
  })
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const ANY_USAGE = '2.5.29.37.0'

/** Without the extension, every usage. */
function usageProblem({ keyUsage }: Inspected): string | undefined {
  // `keyUsage` is the extended one's.
  if (keyUsage === undefined || keyUsage.some((one) => one === SERVER_AUTH || one === ANY_USAGE)) return undefined
  return 'the certificate is not for servers: its extended key usage lacks serverAuth'
}

/** Checks each issuer in the file, from the certificate up. Whether the last is trusted, only the API server knows. */
function chainProblem(leaf: Inspected, others: readonly Inspected[], now: Date): string | undefined {
  let last = leaf
  for (const left = new Set(others); ;) {
    const issuer = [...left].find((one) => last.checkIssued(one))
    if (!issuer) return undefined
    left.delete(issuer)
    const name = JSON.stringify(issuer.subject)
    if (!last.verify(issuer.publicKey)) return `the chain is broken: ${name} did not sign the certificate before it`
    // A root in the file does not matter: the API server uses its own.
    if (issuer.checkIssued(issuer)) return undefined
    if (!issuer.ca) return `the chain is broken: ${name} is not a CA`
    if (issuer.validToDate <= now) return `the chain is broken: ${name} expired at ${issuer.validToDate.toISOString()}`
    if (issuer.validFromDate > now)
      return `the chain is broken: ${name} is not valid before ${issuer.validFromDate.toISOString()}`
    last = issuer
  }
}

/** Whether `authority`, or one of several in it, signed the certificate. */
export function isSigned({ certificate, authority }: Issued): boolean {
  const leaf = new Inspected(certificate)
  return (authority.match(PEM_CERTIFICATE) ?? []).some((pem) => {
    try {
      return leaf.verify(new Inspected(pem).publicKey)
    } catch {
      return false // damaged
    }
  })
}

/** After two thirds of `lifetimeMs`, even if it was issued with another lifetime. */
export function isDue({ from, to }: Validity, lifetimeMs: number, now: Date): boolean {
  const age = now.getTime() - from.getTime() - BACKDATED_MS
  return age >= (lifetimeMs * 2) / 3 || to.getTime() - now.getTime() <= lifetimeMs / 3
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Each has less than a kilobyte. Replicas use a new certificate within seconds, so at most two are in use at once. */
const MOST_AUTHORITIES = 8

/**
 * A bundle with the given CAs first, then those of the old bundle that are still valid: a replica may still use them. Their number
 * is limited, because a CA whose certificate could not be stored stays in the bundle.
 */
export function bundleWith(authorities: readonly string[], bundle: string, now: Date): string {
  const others = (bundle.match(PEM_CERTIFICATE) ?? []).filter((pem) => isCurrent(pem, now))
  const all = [...authorities.flatMap((pem) => pem.match(PEM_CERTIFICATE) ?? []), ...others]
  return [...new Set(all)]
    .slice(0, MOST_AUTHORITIES)
    .map((pem) => `${pem}\n`)
    .join('')
}

function isCurrent(pem: string, now: Date): boolean {
  try {
    return new Inspected(pem).validToDate > now
  } catch {
    return false
  }
}

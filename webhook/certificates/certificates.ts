// Makes and inspects serving certificates. Knows no Secret, no cluster and no clock.
import { createPrivateKey, X509Certificate as Inspected, type webcrypto } from 'node:crypto'
import { createSecureContext } from 'node:tls'

/** PEM. */
export interface ServingPair {
  readonly certificate: string
  readonly key: string
}

export interface Issued extends ServingPair {
  /** PEM of the authority that signed it: what clients must trust. */
  readonly authority: string
}

/** Clocks differ between machines. */
const BACKDATED_MS = 5 * 60_000
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** A new authority and one certificate of it. The authority's key is never stored: it can sign nothing else, ever. */
export async function issue(dnsNames: readonly string[], lifetimeMs: number, now: Date): Promise<Issued> {
  // Loaded only where it is used: nine of ten replicas never issue one.
  await import('reflect-metadata') // x509's own condition
  const x509 = await import('@peculiar/x509')
  const [signing, serving] = await Promise.all([newKeys(), newKeys()])
  const validity = { notBefore: new Date(now.getTime() - BACKDATED_MS), notAfter: new Date(now.getTime() + lifetimeMs) }
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=kubectl-mirror ${now.toISOString()}`,
    keys: signing,
    signingAlgorithm: ALGORITHM,
    ...validity,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(signing.publicKey)
    ]
  })
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${dnsNames[0]}`,
    issuer: authority.subject,
    publicKey: serving.publicKey,
    signingKey: signing.privateKey,
    signingAlgorithm: ALGORITHM,
    ...validity,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: 'dns', value }))),
      await x509.AuthorityKeyIdentifierExtension.create(signing.publicKey)
    ]
  })
  const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', serving.privateKey))
  return {
    certificate: certificate.toString('pem'),
    authority: authority.toString('pem'),
    key: x509.PemConverter.encode(key, 'PRIVATE KEY')
  }
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}

export interface Validity {
  readonly from: Date
  readonly to: Date
}

/** TLS clients of the API server's kind take no older one. */
export const OLDEST_TLS = 'TLSv1.2'

/** Why the pair cannot serve `dnsNames` at `now`, or how long it can. */
export function inspect(pair: ServingPair, dnsNames: readonly string[], now: Date): Validity | string {
  try {
    const [certificate, ...others] = readChain(pair.certificate)
    if (!certificate) return 'tls.crt has no certificate'
    const [from, to] = [certificate.validFromDate, certificate.validToDate]
    if (from > now) return `the certificate begins at ${from.toISOString()}`
    if (to <= now) return `the certificate ended at ${to.toISOString()}`
    if (!certificate.checkPrivateKey(createPrivateKey(pair.key))) return 'the key is not that of the certificate'
    // Go's clients never look at the subject.
    const missing = dnsNames.filter((name) => certificate.checkHost(name, { subject: 'never' }) === undefined)
    if (missing.length > 0) {
      return `the certificate is not for ${missing.join(', ')}; it is for ${certificate.subjectAltName ?? 'no name (it has no subjectAltName)'}`
    }
    const problem = usageProblem(certificate) ?? chainProblem(certificate, others, now)
    if (problem !== undefined) return problem
    // OpenSSL's own word: on keys that are too weak for it, for one.
    createSecureContext({ cert: pair.certificate, key: pair.key, minVersion: OLDEST_TLS })
    return { from, to }
  } catch (error) {
    return `the certificate or its key cannot be used: ${error instanceof Error ? error.message : String(error)}`
  }
}

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?(?=-----BEGIN |$(?![\s\S]))/g

/** Throws for a block that is no whole certificate. */
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
  return 'the certificate is not for servers: its extended key usage has no serverAuth'
}

/** From the certificate up, as far as its issuers are given; who is trusted at its end is the API server's to know. */
function chainProblem(leaf: Inspected, others: readonly Inspected[], now: Date): string | undefined {
  let last = leaf
  for (const left = new Set(others); ;) {
    const issuer = [...left].find((one) => last.checkIssued(one))
    if (!issuer) return undefined
    left.delete(issuer)
    const name = JSON.stringify(issuer.subject)
    if (!last.verify(issuer.publicKey)) return `the chain is broken: ${name} did not sign the certificate before it`
    // The root that counts is the one that the API server has.
    if (issuer.checkIssued(issuer)) return undefined
    if (!issuer.ca) return `the chain is broken: ${name} is no authority`
    if (issuer.validToDate <= now) return `the chain is broken: ${name} ended at ${issuer.validToDate.toISOString()}`
    if (issuer.validFromDate > now)
      return `the chain is broken: ${name} begins at ${issuer.validFromDate.toISOString()}`
    last = issuer
  }
}

/** After two thirds of the life that one of ours should have, also when it was issued for another. */
export function isDue({ from, to }: Validity, lifetimeMs: number, now: Date): boolean {
  const age = now.getTime() - from.getTime() - BACKDATED_MS
  return age >= (lifetimeMs * 2) / 3 || to.getTime() - now.getTime() <= lifetimeMs / 3
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Each is less than a kilobyte; replicas take up a new certificate within seconds, so no more than two serve at once. */
const MOST_AUTHORITIES = 8

/**
 * A bundle with the given authorities first, then those of the old bundle that some replica may still serve with. Not ever
 * more of them: an authority whose certificate could not be stored stays behind.
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

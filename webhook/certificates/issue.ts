// Issues a CA and a serving certificate. Loaded on demand: what it takes is nearly half of the webhook. Knows no Secret.
import type { webcrypto } from 'node:crypto'
// oxlint-disable-next-line import/no-unassigned-import -- a global that tsyringe, within x509, does not load without
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'

/** PEM. */
export interface ServingPair {
  readonly certificate: string
  readonly key: string
}

export interface Issued extends ServingPair {
  /** PEM of the CA that signed it: what clients must trust. */
  readonly authority: string
}

export interface Times {
  readonly notBefore: Date
  readonly notAfter: Date
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** Issues a new CA and one certificate. The CA's key is never stored, so it can sign nothing else. */
export async function issue(dnsNames: readonly string[], now: Date, validity: Times): Promise<Issued> {
  const [signing, serving] = await Promise.all([newKeys(), newKeys()])
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
